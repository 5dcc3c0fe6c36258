-- crm, business logic: orders and their lines.

create function crm.keep_order() returns trigger
language plpgsql as $$
declare
    v_discount numeric;
begin
    new.accountid := case when new.customeridtype = 'account' then new.customerid
        else (select c.parentcustomerid from crm.contact c
              where c.contactid = new.customerid and c.parentcustomeridtype = 'account') end;
    if new.statecode = 1 and (tg_op = 'INSERT' or old.statecode <> 1) then
        new.submitcount := new.submitcount + 1;
        new.submitdate := current_date;
    end if;
    if new.statecode = 0 then
        v_discount := coalesce(new.discountamount, 0)
            + round(coalesce(new.totallineitemamount, 0) * coalesce(new.discountpercentage, 0) / 100, 2);
        new.totaldiscountamount := v_discount + coalesce(new.totallineitemdiscountamount, 0);
        new.totalamountlessfreight := coalesce(new.totallineitemamount, 0) - v_discount;
        new.totalamount := new.totalamountlessfreight + coalesce(new.freightamount, 0) + coalesce(new.totaltax, 0);
    end if;
    return new;
end
$$;
comment on function crm.keep_order() is
    'An order knows the account behind its customer and how often it was submitted; while it is active, its totals follow from lines, discount and freight.';
create trigger keep_order before insert or update on crm.salesorder for each row execute function crm.keep_order();

create function crm.order_state_changed() returns trigger
language plpgsql as $$
begin
    update crm.salesorderdetail set salesorderstatecode = new.statecode where salesorderid = new.salesorderid;
    return null;
end
$$;
comment on function crm.order_state_changed() is 'Order lines know the state of their order.';
create trigger order_state_changed after update on crm.salesorder
    for each row when (new.statecode <> old.statecode) execute function crm.order_state_changed();

create function crm.keep_order_line() returns trigger
language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        select o.statecode into new.salesorderstatecode from crm.salesorder o where o.salesorderid = new.salesorderid;
    end if;
    if new.productid is not null and new.uomid is null then
        select p.defaultuomid into new.uomid from crm.product p where p.productid = new.productid;
    end if;
    new.isproductoverridden := new.productid is null;
    new.baseamount := round(coalesce(new.quantity, 0) * coalesce(new.priceperunit, 0), 2);
    new.extendedamount := new.baseamount - coalesce(new.manualdiscountamount, 0)
        - round(coalesce(new.volumediscountamount, 0) * coalesce(new.quantity, 0), 2) + coalesce(new.tax, 0);
    return new;
end
$$;
comment on function crm.keep_order_line() is 'Works out the amounts of an order line.';
create trigger keep_order_line before insert or update on crm.salesorderdetail
    for each row execute function crm.keep_order_line();

create function crm.order_lines_changed() returns trigger
language plpgsql set enable_seqscan = off as $$
declare
    v_orders uuid[];
begin
    if tg_op = 'DELETE' then
        select array_agg(distinct salesorderid) into v_orders from old_rows;
    else
        select array_agg(distinct salesorderid) into v_orders from new_rows;
    end if;
    update crm.salesorder o
    set linecount = t.lines, totallineitemamount = t.amount, totallineitemdiscountamount = t.discount, totaltax = t.tax
    from unnest(v_orders) as touched (salesorderid)
    cross join lateral (
        select count(*)::integer as lines, coalesce(sum(d.extendedamount - coalesce(d.tax, 0)), 0) as amount,
            coalesce(sum(d.baseamount - (d.extendedamount - coalesce(d.tax, 0))), 0) as discount,
            coalesce(sum(d.tax), 0) as tax
        from crm.salesorderdetail d where d.salesorderid = touched.salesorderid
    ) as t
    where o.salesorderid = touched.salesorderid and (o.statecode = 0 or o.linecount <> t.lines)
      and (o.linecount, o.totallineitemamount, o.totallineitemdiscountamount, o.totaltax)
          is distinct from (t.lines, t.amount, t.discount, t.tax);
    return null;
end
$$;
comment on function crm.order_lines_changed() is 'Keeps number and sums of the lines of an order.';
create trigger order_lines_inserted after insert on crm.salesorderdetail referencing new table as new_rows
    for each statement execute function crm.order_lines_changed();
create trigger order_lines_updated after update on crm.salesorderdetail referencing new table as new_rows
    for each statement execute function crm.order_lines_changed();
create trigger order_lines_deleted after delete on crm.salesorderdetail referencing old table as old_rows
    for each statement execute function crm.order_lines_changed();

create view crm.submitted_order_line as
select d.salesorderdetailid, d.salesorderid, o.submitcount, d.salesorderstatecode,
    coalesce(d.sequencenumber, d.lineitemnumber, 0) as sorting, d.productid is null as is_write_in,
    d.productid, p.productnumber, p.producttypecode, p.statecode = 0 as is_product_active,
    coalesce(d.description, d.productdescription) as description, d.quantity, d.priceperunit,
    coalesce(round(d.quantity * d.volumediscountamount, 2), 0) + coalesce(d.manualdiscountamount, 0) as discount,
    d.tax
from crm.salesorderdetail d
join crm.salesorder o on o.salesorderid = d.salesorderid
left join crm.product p on p.productid = d.productid;
comment on view crm.submitted_order_line is 'Order lines with what their order and their product say.';
