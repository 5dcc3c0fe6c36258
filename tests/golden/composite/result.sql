select d.doc, d.no, d.item, d.qty, l.item, l.qty from crm.detail d
full join erp.line l on l.doc = d.doc and l.line_no = d.no order by 1, 2
