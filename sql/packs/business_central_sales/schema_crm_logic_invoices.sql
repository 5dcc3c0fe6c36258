-- crm, business logic: invoices of the ERP and their lines.

create function crm.list_of_currency(p_currency uuid) returns uuid
language plpgsql as $$
declare
    v_list uuid;
    v_base uuid;
    v_code text;
begin
    select o.basecurrencyid into v_base from crm.organization o limit 1;
    select c.isocurrencycode into v_code from crm.transactioncurrency c where c.transactioncurrencyid = p_currency;
    select l.pricelevelid into v_list from crm.pricelevel l
    where l.transactioncurrencyid = p_currency
      and (l.name = 'Price List in ' || v_code or (p_currency = v_base and l.name like '%Default Price List'))
    order by l.name = 'Price List in ' || v_code, l.createdon limit 1;
    if not found and v_code is not null then
        insert into crm.pricelevel (name, transactioncurrencyid) values ('Price List in ' || v_code, p_currency)
        returning pricelevelid into v_list;
    end if;
    return v_list;
end
$$;
comment on function crm.list_of_currency(uuid) is
    'The price list for documents of the ERP: the default list in base currency, else "Price List in <currency>", made when it is missing.';

create function crm.invoice_from_order() returns trigger
language plpgsql as $$
declare
    v_order crm.salesorder;
begin
    select * into v_order from crm.salesorder o where o.ordernumber = new.nav_yourreference;
    if found then
        if new.customerid is distinct from v_order.accountid then
            raise exception 'invoice %: the customer of order % was changed or is no longer coupled',
                new.invoicenumber, v_order.ordernumber using errcode = 'check_violation';
        end if;
        new.opportunityid := v_order.opportunityid;
        new.salesorderid := v_order.salesorderid;
        new.pricelevelid := v_order.pricelevelid;
        new.name := v_order.name;
        new.customerid := v_order.customerid;
        new.customeridtype := v_order.customeridtype;
    end if;
    new.pricelevelid := coalesce(new.pricelevelid, crm.list_of_currency(new.transactioncurrencyid));
    return new;
end
$$;
comment on function crm.invoice_from_order() is
    'An invoice of the ERP finds the order it invoices by its reference, takes customer, opportunity, price list and name from it, and has a price list in any case.';
-- The name sorts after fill_currency: the list depends on the currency.
create trigger invoice_from_order before insert on crm.invoice
    for each row when (new.nav_yourreference is not null) execute function crm.invoice_from_order();

create function crm.keep_invoice_totals() returns trigger
language plpgsql as $$
declare
    v_is_integrated boolean;
begin
    select coalesce(bool_or(o.issopintegrationenabled), false) into v_is_integrated from crm.organization o;
    new.totaltax := new.totalamount - new.totalamountlessfreight;
    new.totaldiscountamount := coalesce(new.discountamount, 0);
    if not v_is_integrated then
        new.freightamount := 0;
        new.discountpercentage := 0;
        new.totaldiscountamount := new.totaldiscountamount + coalesce(new.totallineitemdiscountamount, 0);
    end if;
    return new;
end
$$;
comment on function crm.keep_invoice_totals() is
    'Tax and total discount of an invoice. Without sales order integration, line discounts count as discount of the invoice and there is no freight.';
create trigger keep_invoice_totals before insert or update on crm.invoice
    for each row when (new.totalamount is not null) execute function crm.keep_invoice_totals();

create function crm.keep_invoice_line() returns trigger
language plpgsql as $$
declare
    v_product crm.product;
begin
    new.isproductoverridden := new.productid is null;
    if new.productid is not null then
        select * into v_product from crm.product p where p.productid = new.productid;
        if v_product.statecode = 1 then
            raise exception 'the product % is retired and cannot be invoiced', v_product.productnumber
                using errcode = 'check_violation', hint = 'unblock the item or resource in the ERP';
        end if;
        new.uomid := coalesce(new.uomid, v_product.defaultuomid);
    end if;
    select i.datedelivered, i.shipto_name, i.shipto_line1, i.shipto_line2, i.shipto_line3, i.shipto_city,
        i.shipto_stateorprovince, i.shipto_country, i.shipto_postalcode, i.shipto_telephone, i.shipto_fax
    into new.actualdeliveryon, new.shipto_name, new.shipto_line1, new.shipto_line2, new.shipto_line3, new.shipto_city,
        new.shipto_stateorprovince, new.shipto_country, new.shipto_postalcode, new.shipto_telephone, new.shipto_fax
    from crm.invoice i where i.invoiceid = new.invoiceid;
    return new;
end
$$;
comment on function crm.keep_invoice_line() is
    'A new invoice line takes delivery and address of its invoice and the unit of its product, which must not be retired; without a product it is a write-in.';
create trigger keep_invoice_line before insert on crm.invoicedetail
    for each row execute function crm.keep_invoice_line();

create function crm.price_invoiced_products() returns trigger
language plpgsql set enable_seqscan = off as $$
begin
    insert into crm.productpricelevel (pricelevelid, productid, uomid, amount)
    select distinct on (i.pricelevelid, n.productid, n.uomid) i.pricelevelid, n.productid, n.uomid, n.priceperunit
    from new_rows n
    join crm.invoice i on i.invoiceid = n.invoiceid and i.nav_yourreference is not null
    where n.productid is not null and i.pricelevelid is not null and n.priceperunit > 0
      and not exists (select from crm.productpricelevel l where l.pricelevelid = i.pricelevelid
                      and l.productid = n.productid and l.uomid = n.uomid)
    order by i.pricelevelid, n.productid, n.uomid
    on conflict do nothing;
    return null;
end
$$;
comment on function crm.price_invoiced_products() is
    'A product that the ERP invoiced gets a line in the invoice''s price list when it has none.';
create trigger price_invoiced_products after insert on crm.invoicedetail referencing new table as new_rows
    for each statement execute function crm.price_invoiced_products();
