select s."No", s."Name", s."Order", s."Rest", l."ünïcödé and a name that is very nearly sixty-three bytes!"
from crm."SalesOrder" s join "Odd % Schema"."Sales ""Header""$Line" l on l."No." = s."No"
