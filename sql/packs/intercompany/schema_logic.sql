-- The business logic that the system had of its own: what the policies mean for an order, and what the orders of a chain tell
-- each other.

-- 1. Policies -----------------------------------------------------------------------------------------------------

-- The recommended set-up: copy along both legs of the purchase order, and nothing back from the sales order.
create function ic.default_policies() returns trigger
language plpgsql as $$
begin
    insert into ic.action_policy (relation_id, side)
    select new.relation_id, s.side from (values ('purchase'), ('sales')) as s (side);
    insert into ic.sync_policy (policy_id, leg, customer_info)
    select p.policy_id, l.leg, l.customer_info
      from ic.action_policy p
      join (values ('purchase', 'ORIG_SO__IC_PO', true), ('purchase', 'IC_PO__IC_SO', true), ('sales', 'IC_SO__IC_PO', false))
           as l (side, leg, customer_info) on l.side = p.side
     where p.relation_id = new.relation_id;
    return null;
end
$$;
comment on function ic.default_policies() is 'A new trading relation gets the recommended policies.';
create trigger default_policies after insert on ic.trading_relation
    for each row execute function ic.default_policies();

create function ic.toggles(p_relation_id integer, p_leg text, p_customer_info boolean default null) returns text[]
language sql stable as $$
    select coalesce(array_agg(t.name order by t.name), '{}')
      from ic.trading_relation r
      join ic.action_policy p on p.relation_id = r.relation_id
      join ic.sync_policy s on s.policy_id = p.policy_id and s.leg = p_leg
     cross join lateral (values
           ('customer_info', coalesce(p_customer_info, s.customer_info)), ('price_discount', s.price_discount),
           ('return_item_num', s.return_item_num), ('invent_batch_id', s.invent_batch_id),
           ('invent_serial_id', s.invent_serial_id)) as t (name, is_on)
     where r.relation_id = p_relation_id and r.active and t.is_on
$$;
comment on function ic.toggles(integer, text, boolean) is 'Names of what is copied on a leg; the third argument is the order''s own word on customer information.';

create function ic.policy_changed() returns trigger
language plpgsql as $$
declare
    v_relations integer[];
begin
    if tg_table_name = 'trading_relation' then
        v_relations := (select array_agg(n.relation_id) from new_rows n);
    else
        v_relations := (select array_agg(distinct p.relation_id)
                          from ic.action_policy p join new_rows n on n.policy_id = p.policy_id);
    end if;
    update ic.order_chain c set purchase_toggles = t.toggles
      from (select c.chain_id, ic.toggles(r.relation_id, 'ORIG_SO__IC_PO', o.customer_info) as toggles
              from ic.order_chain c
              join ic.trading_relation r
                on r.buying_company_id = c.original_company_id and r.vendor_account = c.vendor_account
              left join ic.purchase_order o on o.company_id = c.original_company_id and o.purch_id = c.ic_purch_id
             where r.relation_id = any (v_relations)) t
     where t.chain_id = c.chain_id and c.purchase_toggles <> t.toggles;
    update ic.purchase_order o set original_toggles = t.original, sales_toggles = t.sales
      from (select o.rec_id, ic.toggles(r.relation_id, 'ORIG_SO__IC_PO', o.customer_info) as original,
                   ic.toggles(r.relation_id, 'IC_PO__IC_SO', o.customer_info) as sales
              from ic.purchase_order o
              join ic.trading_relation r on r.buying_company_id = o.company_id and r.vendor_account = o.order_account
             where r.relation_id = any (v_relations)) t
     where t.rec_id = o.rec_id and (o.original_toggles, o.sales_toggles) is distinct from (t.original, t.sales);
    update ic.sales_order o set purchase_toggles = t.toggles
      from (select o.rec_id, ic.toggles(r.relation_id, 'IC_SO__IC_PO', o.customer_info) as toggles
              from ic.sales_order o
              join ic.trading_relation r on r.selling_company_id = o.company_id and r.customer_account = o.cust_account
             where r.relation_id = any (v_relations)) t
     where t.rec_id = o.rec_id and o.purchase_toggles <> t.toggles;
    return null;
end
$$;
comment on function ic.policy_changed() is 'Orders learn what is copied from now on; nothing that was edited before is copied by it.';
create trigger policy_changed after update on ic.sync_policy
    referencing new table as new_rows for each statement execute function ic.policy_changed();
create trigger policy_added after insert on ic.sync_policy
    referencing new table as new_rows for each statement execute function ic.policy_changed();
create trigger relation_changed after update on ic.trading_relation
    referencing new table as new_rows for each statement execute function ic.policy_changed();

-- 2. Orders: what belongs to whom ---------------------------------------------------------------------------------

create function ic.sales_order_ready() returns trigger
language plpgsql as $$
declare
    v_relation ic.trading_relation;
begin
    if tg_op = 'UPDATE' and old.status >= 3
       and (new.customer_ref, new.customer_requisition) is distinct from (old.customer_ref, old.customer_requisition) then
        raise exception 'sales order % of % is %: its customer information cannot change', new.sales_id, new.company_id,
            case old.status when 3 then 'invoiced' else 'cancelled' end using errcode = 'check_violation';
    end if;
    select * into v_relation from ic.trading_relation r
     where r.selling_company_id = new.company_id and r.customer_account = new.cust_account;
    new.ic_order := found;
    if found then
        new.ic_company_id := v_relation.buying_company_id;
        new.ic_vendor_account := v_relation.vendor_account;
        new.ic_origin := coalesce(new.ic_origin, 0);
        new.purchase_toggles := ic.toggles(v_relation.relation_id, 'IC_SO__IC_PO', new.customer_info);
    end if;
    -- A value that comes from another order brings the time of its typing along.
    if tg_op = 'UPDATE' and new.info_changed_at = old.info_changed_at
       and (new.customer_ref, new.customer_requisition) is distinct from (old.customer_ref, old.customer_requisition) then
        new.info_changed_at := clock_timestamp();
    end if;
    return new;
end
$$;
comment on function ic.sales_order_ready() is 'Finds the trading relation of the customer, and what is copied; an invoiced order keeps its references.';
create trigger sales_order_ready before insert or update on ic.sales_order
    for each row execute function ic.sales_order_ready();

create function ic.purchase_order_ready() returns trigger
language plpgsql as $$
declare
    v_relation ic.trading_relation;
begin
    if tg_op = 'UPDATE' and old.status >= 3
       and (new.vendor_ref, new.ic_customer_requisition) is distinct from (old.vendor_ref, old.ic_customer_requisition) then
        raise exception 'purchase order % of % is %: its customer information cannot change', new.purch_id, new.company_id,
            case old.status when 3 then 'invoiced' else 'cancelled' end using errcode = 'check_violation';
    end if;
    select * into v_relation from ic.trading_relation r
     where r.buying_company_id = new.company_id and r.vendor_account = new.order_account;
    new.ic_order := found;
    if found then
        new.ic_company_id := v_relation.selling_company_id;
        new.ic_customer_account := v_relation.customer_account;
        new.ic_origin := coalesce(new.ic_origin, 0);
        new.original_toggles := ic.toggles(v_relation.relation_id, 'ORIG_SO__IC_PO', new.customer_info);
        new.sales_toggles := ic.toggles(v_relation.relation_id, 'IC_PO__IC_SO', new.customer_info);
    end if;
    if tg_op = 'UPDATE' and new.info_changed_at = old.info_changed_at
       and (new.vendor_ref, new.ic_customer_requisition) is distinct from (old.vendor_ref, old.ic_customer_requisition) then
        new.info_changed_at := clock_timestamp();
    end if;
    return new;
end
$$;
comment on function ic.purchase_order_ready() is 'Finds the trading relation of the vendor, and what is copied; an invoiced order keeps its references.';
create trigger purchase_order_ready before insert or update on ic.purchase_order
    for each row execute function ic.purchase_order_ready();

-- Every order carries the numbers of the others.
create function ic.purchase_order_noted() returns trigger
language plpgsql as $$
begin
    update ic.order_chain c set ic_purch_id = n.purch_id, purchase_toggles = n.original_toggles
      from new_rows n
     where n.ic_order and c.original_company_id = n.company_id and c.original_sales_id = n.ic_original_sales_id
       and c.vendor_account = n.order_account
       and (c.ic_purch_id, c.purchase_toggles) is distinct from (n.purch_id, n.original_toggles);
    return null;
end
$$;
comment on function ic.purchase_order_noted() is 'The chain of the original order learns of its purchase order.';
create trigger purchase_order_noted_insert after insert on ic.purchase_order
    referencing new table as new_rows for each statement execute function ic.purchase_order_noted();
create trigger purchase_order_noted_update after update on ic.purchase_order
    referencing new table as new_rows for each statement execute function ic.purchase_order_noted();

create function ic.sales_order_noted() returns trigger
language plpgsql as $$
begin
    update ic.purchase_order o set ic_sales_id = n.sales_id
      from new_rows n
     where n.ic_order and o.company_id = n.ic_company_id and o.purch_id = n.ic_purch_id and o.ic_sales_id <> n.sales_id;
    return null;
end
$$;
comment on function ic.sales_order_noted() is 'The purchase order learns the number of its sales order.';
create trigger sales_order_noted after insert on ic.sales_order
    referencing new table as new_rows for each statement execute function ic.sales_order_noted();

-- An item that a company of the group supplies: the order gets a chain for that vendor.
create function ic.sales_line_inserted() returns trigger
language plpgsql as $$
begin
    insert into ic.order_chain (original_company_id, original_sales_id, vendor_account, cust_account,
           currency_code, customer_ref, customer_requisition, info_changed_at, return_item_num, purchase_toggles)
    select distinct o.company_id, o.sales_id, r.vendor_account, o.cust_account,
           o.currency_code, o.customer_ref, o.customer_requisition, o.info_changed_at, o.return_item_num,
           ic.toggles(r.relation_id, 'ORIG_SO__IC_PO')
      from new_rows n
      join ic.sales_order o on o.rec_id = n.order_rec_id and o.ic_autocreate_orders
      join ic.trading_relation r on r.buying_company_id = o.company_id and r.vendor_account = n.vendor_account and r.active
        on conflict (original_company_id, original_sales_id, vendor_account) do nothing;
    update ic.sales_line l set chain_id = c.chain_id
      from new_rows n
      join ic.sales_order o on o.rec_id = n.order_rec_id
      join ic.order_chain c on c.original_company_id = o.company_id and c.original_sales_id = o.sales_id
                           and c.vendor_account = n.vendor_account
     where l.rec_id = n.rec_id and l.chain_id is distinct from c.chain_id;
    return null;
end
$$;
comment on function ic.sales_line_inserted() is 'Starts a chain for each vendor of the group that an order buys from.';
create trigger sales_line_inserted after insert on ic.sales_line
    referencing new table as new_rows for each statement execute function ic.sales_line_inserted();

-- An original order and its chains say the same.
create function ic.original_changed() returns trigger
language plpgsql as $$
begin
    -- A statement trigger fires for no rows too: the two would call each other for ever.
    if not exists (select from new_rows) then
        return null;
    end if;
    update ic.order_chain c
       set customer_ref = n.customer_ref, customer_requisition = n.customer_requisition,
           return_item_num = n.return_item_num, info_changed_at = n.info_changed_at
      from new_rows n
     where c.original_company_id = n.company_id and c.original_sales_id = n.sales_id
       and (c.customer_ref, c.customer_requisition, c.return_item_num)
           is distinct from (n.customer_ref, n.customer_requisition, n.return_item_num);
    return null;
end
$$;
comment on function ic.original_changed() is 'The chains of an original order follow it.';
create trigger original_changed after update on ic.sales_order
    referencing new table as new_rows for each statement execute function ic.original_changed();

create function ic.chain_changed() returns trigger
language plpgsql as $$
begin
    -- A statement trigger fires for no rows too: the two would call each other for ever.
    if not exists (select from new_rows) then
        return null;
    end if;
    update ic.sales_order o
       set customer_ref = n.customer_ref, customer_requisition = n.customer_requisition,
           return_item_num = n.return_item_num, info_changed_at = n.info_changed_at
      from new_rows n
     where o.company_id = n.original_company_id and o.sales_id = n.original_sales_id
       and (o.customer_ref, o.customer_requisition, o.return_item_num)
           is distinct from (n.customer_ref, n.customer_requisition, n.return_item_num);
    return null;
end
$$;
comment on function ic.chain_changed() is 'What arrives in a chain is written to the original order.';
create trigger chain_changed after update on ic.order_chain
    referencing new table as new_rows for each statement execute function ic.chain_changed();
