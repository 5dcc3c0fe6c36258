create or replace view sync_private.layout_in_use as
select l.mapping_name, l.side, max(l.layout_no) as layout_no
  from sync_private.layout l
 group by l.mapping_name, l.side;
comment on view sync_private.layout_in_use is 'Number of the layout that new entries of a stream are written in.';
