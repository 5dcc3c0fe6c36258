-- The contact business relations are the visible couplings: a relation with a number couples the two cards, its end uncouples
-- them, in the same transaction. Couples made the other way, by a DBA or `pysync match`, become relations.

create function nav.couple_relations(p_mappings text[], p_links smallint[], p_contact_nos text[], p_nos text[]) returns void
language sql set enable_seqscan = off as $$
    insert into sync.coupling (mapping_name, left_key, right_key)
    select p_mappings[r.link - 1], r.contact_no, r.no
      from unnest(p_links, p_contact_nos, p_nos) as r (link, contact_no, no)
     where r.no <> '' and p_mappings[r.link - 1] is not null
        on conflict do nothing
$$;
comment on function nav.couple_relations(text[], smallint[], text[], text[]) is
    'Couples what relations link; the mappings are those of link_to_table 1, 2 and 3, counted from 0 as trigger arguments are.';

create function nav.uncouple_relations(p_mappings text[], p_links smallint[], p_contact_nos text[], p_nos text[]) returns void
language sql set enable_seqscan = off as $$
    with gone as (
        delete from sync.coupling c using unnest(p_links, p_contact_nos, p_nos) as r (link, contact_no, no)
         -- Either key: the couple may not have followed a new number yet.
         where c.mapping_name = p_mappings[r.link - 1] and r.no <> '' and (c.left_key = r.contact_no or c.right_key = r.no)
        returning c.mapping_name, c.left_key, c.right_key
    ), closed as (
        update sync.conflict c set resolution = 'uncoupled', resolved_at = now(), resolved_by = session_user
          from gone g
         where c.mapping_name = g.mapping_name and c.left_key = g.left_key and c.resolved_at is null
    )
    delete from sync.parked p using gone g
     where p.mapping_name = g.mapping_name and (p.side, p.record_key) in (('left', g.left_key), ('right', g.right_key))
$$;
comment on function nav.uncouple_relations(text[], smallint[], text[], text[]) is
    'Ends the couples of relations that ended, with the conflicts and the parked changes that were theirs.';

create function nav.follow_relations() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
    v_is_renumbered boolean := false;
begin
    -- Arguments: the mappings for link_to_table 1, 2 and 3.
    if tg_op = 'UPDATE' then
        -- A contact or a card that was given a new number stays coupled: capture has noted it, and the next pass moves the
        -- couple with all that waits for it. Cards bring their new number here by a trigger, contacts by the foreign key.
        execute format('select exists (select from old_rows o where not exists (select from %I.contact c where c.no = o.contact_no))',
                       tg_table_schema) into v_is_renumbered;
        if v_is_renumbered or pg_trigger_depth() > 1 then
            return null;
        end if;
        -- Another code says nothing new about who belongs to whom.
        perform nav.uncouple_relations(tg_argv, array_agg(o.link_to_table), array_agg(o.contact_no), array_agg(o.no))
           from (select link_to_table, contact_no, no from old_rows except select link_to_table, contact_no, no from new_rows) o;
        perform nav.couple_relations(tg_argv, array_agg(n.link_to_table), array_agg(n.contact_no), array_agg(n.no))
           from (select link_to_table, contact_no, no from new_rows except select link_to_table, contact_no, no from old_rows) n;
    elsif tg_op = 'DELETE' then
        perform nav.uncouple_relations(tg_argv, array_agg(o.link_to_table), array_agg(o.contact_no), array_agg(o.no)) from old_rows o;
    else
        perform nav.couple_relations(tg_argv, array_agg(n.link_to_table), array_agg(n.contact_no), array_agg(n.no)) from new_rows n;
    end if;
    return null;
end
$$;
comment on function nav.follow_relations() is 'Couples and uncouples what contact business relations link and let go.';
create trigger follow_relations_insert after insert on nav.contact_business_relation referencing new table as new_rows
    for each statement execute function nav.follow_relations('CONTACT-CUSTOMER', 'CONTACT-VENDOR', 'CONTACT-BANK');
create trigger follow_relations_update after update on nav.contact_business_relation
    referencing old table as old_rows new table as new_rows
    for each statement execute function nav.follow_relations('CONTACT-CUSTOMER', 'CONTACT-VENDOR', 'CONTACT-BANK');
create trigger follow_relations_delete after delete on nav.contact_business_relation referencing old table as old_rows
    for each statement execute function nav.follow_relations('CONTACT-CUSTOMER', 'CONTACT-VENDOR', 'CONTACT-BANK');

create function nav.follow_couplings() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
    v_mappings constant text[] := array['CONTACT-CUSTOMER', 'CONTACT-VENDOR', 'CONTACT-BANK'];
begin
    if pg_trigger_depth() > 1 then
        -- The relation was there first, or went first.
        return null;
    elsif tg_op = 'INSERT' then
        insert into nav.contact_business_relation (contact_no, business_relation_code, link_to_table, no)
        select n.left_key, nav.require_code((array['customer', 'vendor', 'bank_account'])[x.link]), x.link, n.right_key
          from new_rows n
         cross join lateral (select array_position(v_mappings, n.mapping_name) as link) x
         where x.link is not null;
    else
        delete from nav.contact_business_relation r using old_rows o
         where r.link_to_table = array_position(v_mappings, o.mapping_name) and r.no <> ''
           and (r.contact_no = o.left_key or r.no = o.right_key);
    end if;
    return null;
end
$$;
comment on function nav.follow_couplings() is 'Couples that were made or ended by hand show as contact business relations.';
create trigger contacts_follow_couplings_insert after insert on sync.coupling referencing new table as new_rows
    for each statement execute function nav.follow_couplings();
create trigger contacts_follow_couplings_delete after delete on sync.coupling referencing old table as old_rows
    for each statement execute function nav.follow_couplings();
