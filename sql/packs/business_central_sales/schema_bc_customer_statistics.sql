-- bc, view: the figures of a customer.

create index sales_line_sell_to_customer_no_idx on bc.sales_line (sell_to_customer_no);
create view bc.customer_statistics as
select c.no, c.name, ledger.balance, orders.outstanding as outstanding_orders, orders.shipped as shipped_not_invoiced,
    orders.invoices as outstanding_invoices,
    ledger.balance + orders.outstanding + orders.shipped + orders.invoices as total, c.credit_limit_lcy as credit_limit,
    ledger.overdue, current_date as overdue_as_of, ledger.sales as total_sales, 0::numeric as invoiced_prepayments
from bc.customer c
cross join lateral (
    select count(*) as entries, coalesce(sum(e.remaining_amount), 0) as balance,
        coalesce(sum(e.remaining_amount) filter (where e.due_date < current_date), 0) as overdue,
        coalesce(sum(e.amount) filter (where e.document_type in (2, 3)
            and e.posting_date >= date_trunc('year', current_date)), 0) as sales
    from bc.cust_ledger_entry e where e.customer_no = c.no
) as ledger
cross join lateral (
    select count(*) as lines,
        coalesce(sum(v.value * l.outstanding_quantity / nullif(l.quantity, 0))
            filter (where l.document_type = 1), 0)::numeric(20, 2) as outstanding,
        coalesce(sum(v.value * l.qty_shipped_not_invoiced / nullif(l.quantity, 0))
            filter (where l.document_type = 1), 0)::numeric(20, 2) as shipped,
        coalesce(sum(v.value) filter (where l.document_type = 2), 0)::numeric(20, 2) as invoices
    from bc.sales_line l
    join bc.sales_header h on h.document_type = l.document_type and h.no = l.document_no
    cross join lateral (select l.amount_including_vat / coalesce(nullif(h.currency_factor, 0), 1) as value) as v
    where l.sell_to_customer_no = c.no
) as orders
where ledger.entries > 0 or orders.lines > 0;
comment on view bc.customer_statistics is
    'Figures of the customers with ledger entries or open sales lines, in local currency, as of today. The ledger is kept in local currency.';
