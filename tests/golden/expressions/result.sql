select p.product_no, p.name, p.price, p.source, p.kind, i.description
from crm.product p left join erp.item i on i.no = p.product_no order by 1
