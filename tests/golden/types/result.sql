select a.amount, b.amount, b.at, a.at, b.day, b.raw, a.doc, b.txt, a.tags, b.feel, a.ratio, b.span, b.flag, b.number, b.doubled
from a.thing a join b.thing b using (id) order by id
