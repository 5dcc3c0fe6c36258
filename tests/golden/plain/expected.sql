-- CUSTOMER to_right

-- empty: delete what the last batch left in the working tables
WITH d AS (
  DELETE FROM pg_temp.decision_customer_to_right_173d88 AS d
), c AS (
  DELETE FROM pg_temp.clash_customer_to_right_173d88 AS c
)
DELETE FROM pg_temp.stage_customer_to_right_173d88 AS s;

-- claim: take the waiting entries of a key range, re-read their rows, filter, transform, resolve references
WITH renamed AS (
  SELECT
    k.key
  FROM sync.outbox AS r
  CROSS JOIN LATERAL (
    VALUES
      (r.record_key),
      (r.new_key)
  ) AS k(key)
  WHERE
    r.mapping_name = $1 AND r.side = $2 AND NOT r.new_key IS NULL
), claimed AS (
  DELETE FROM sync.outbox AS o
  WHERE
    o.mapping_name = $1
    AND o.side = $2
    AND o.record_key >= $3
    AND o.record_key <= $4
    AND (
      $6
      OR o.operation <> 'delete'
      OR (
        SELECT
          TRUE
        FROM sync.outbox AS z
        WHERE
          z.mapping_name = $1
          AND z.side = $2
          AND z.record_key = o.record_key
          AND z.operation <> 'delete'
          AND z.operation <> 'rekey'
        LIMIT 1
      )
    )
    AND o.operation <> 'truncate'
    AND o.operation <> 'rekey'
    AND NOT o.record_key IN (
      SELECT
        v.key
      FROM renamed AS v
    )
  RETURNING o.record_key, o.entry_id, o.operation, o.layout_no, o.before, o.origin, o.hop, o.captured_at, o.captured_by, o.xid
), unparked AS (
  DELETE FROM sync.parked AS p
  WHERE
    p.mapping_name = $1
    AND p.side = $2
    AND p.record_key >= $3
    AND p.record_key <= $4
    AND EXISTS(
      SELECT
        1
      FROM sync.outbox AS o
      WHERE
        o.mapping_name = $1
        AND o.side = $2
        AND o.record_key = p.record_key
        AND (
          $6 OR o.operation <> 'delete'
        )
        AND o.operation <> 'truncate'
        AND o.operation <> 'rekey'
    )
    AND NOT p.record_key IN (
      SELECT
        v.key
      FROM renamed AS v
    )
  RETURNING p.record_key, p.entry_id, p.operation, p.layout_no, p.before, p.origin, p.hop, p.captured_at, p.captured_by, CAST(NULL AS XID8) AS xid, p.attempts, p.parked_at
), waiting AS (
  SELECT
    c.*,
    0 AS attempts,
    CAST(NULL AS TIMESTAMPTZ) AS parked_at
  FROM claimed AS c
  UNION ALL
  SELECT
    u.*
  FROM unparked AS u
), entry AS (
  SELECT DISTINCT ON (w.record_key)
    w.record_key,
    w.entry_id,
    w.operation,
    w.layout_no,
    w.before,
    w.origin,
    w.captured_by,
    MAX(w.hop) OVER record AS hop,
    MAX(w.captured_at) OVER record AS captured_at,
    MIN(w.xid) OVER record AS xid,
    MAX(w.attempts) OVER record AS attempts,
    MAX(w.parked_at) OVER record AS parked_at,
    BOOL_OR(w.operation = 'request') OVER record AS is_forced,
    BOOL_OR(w.operation IN ('request', 'couple', 'restore', 'create')) OVER record AS is_asked,
    BOOL_OR(w.operation IN ('restore', 'create')) OVER record AS is_created,
    BOOL_OR(w.operation = 'retry') OVER record AS is_retried,
    MAX(
      CASE
        WHEN w.operation IN ('request', 'couple', 'restore', 'create', 'answer')
        THEN w.operation
      END
    ) OVER record AS asked
  FROM waiting AS w
  WINDOW record AS (PARTITION BY w.record_key)
  ORDER BY
    w.record_key,
    w.operation IN ('retry', 'answer') AND w.before IS NULL,
    w.entry_id
), staged AS (
  INSERT INTO pg_temp.stage_customer_to_right_173d88 AS s (
    record_key,
    target_key,
    disposition,
    message,
    waits_for_mapping,
    waits_for_key,
    later_mapping,
    later_key,
    later_before,
    is_forced,
    is_retried,
    operation,
    asked,
    layout_no,
    before,
    origin,
    hop,
    entry_id,
    xid,
    captured_at,
    captured_by,
    modified_at,
    attempts,
    parked_at,
    coupling_tid,
    k_1,
    v_1,
    c_1,
    v_2,
    c_2,
    v_3,
    c_3
  )
  SELECT
    e.record_key,
    COALESCE(k.target_key, CASE WHEN d.disposition = 'insert' THEN CAST(n.k_1 AS text) END),
    d.disposition,
    d.message,
    d.waits_for_mapping,
    d.waits_for_key,
    d.later_mapping,
    d.later_key,
    d.later_before,
    e.is_forced,
    e.is_retried,
    e.operation,
    e.asked,
    e.layout_no,
    e.before,
    e.origin,
    e.hop,
    e.entry_id,
    e.xid,
    e.captured_at,
    e.captured_by,
    COALESCE(CAST(NULL AS timestamptz), e.captured_at),
    e.attempts,
    e.parked_at,
    k.position,
    n.k_1,
    CAST(x.x_1 AS character varying),
    x.y_1,
    CAST(x.x_2 AS text),
    x.y_2,
    CAST(x.x_3 AS text),
    x.y_3
  FROM entry AS e
  LEFT JOIN LATERAL (
    SELECT
      TRUE AS is_present,
      s."no",
      s."name",
      s."phone"
    FROM "erp"."customer" AS s
    WHERE
      s."no" = CAST(e.record_key AS character varying) COLLATE "pg_catalog"."default"
    OFFSET 0
  ) AS s
    ON TRUE
  LEFT JOIN LATERAL (
    SELECT
      c.is_skipped,
      c.ctid AS position,
      c.right_key AS target_key
    FROM sync.coupling AS c
    WHERE
      c.mapping_name = $1 AND c.left_key = e.record_key
    OFFSET 0
  ) AS k
    ON TRUE
  CROSS JOIN LATERAL (
    SELECT
      CAST(e.before[1] AS character varying) AS "no",
      CAST(e.before[2] AS character varying) AS "name",
      CAST(e.before[3] AS character varying) AS "phone",
      1 AS is_base
  ) AS b
  CROSS JOIN LATERAL (
    SELECT
      TRUE AS in_filter,
      TRUE AS was_in_filter,
      s.is_present
      AND (
        (
          e.before IS NULL AND NOT e.operation IN ('retry', 'answer')
        )
        OR $5
        OR e.is_asked
        OR k.target_key IS NULL
      ) AS is_whole,
      s.is_present AND e.before IS NOT NULL AS has_base
    OFFSET 0
  ) AS f
  CROSS JOIN LATERAL (
    SELECT
      v.one,
      v.x_1,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN v.x_1 IS DISTINCT FROM (
          b."no"
        )
        ELSE FALSE
      END AS y_1,
      v.x_2,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN v.x_2 IS DISTINCT FROM (
          b."name"
        )
        ELSE FALSE
      END AS y_2,
      v.x_3,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN v.x_3 IS DISTINCT FROM (
          b."phone"
        )
        ELSE FALSE
      END AS y_3
    FROM (
      SELECT
        1 AS one,
        s."no" AS x_1,
        s."name" AS x_2,
        s."phone" AS x_3
      OFFSET 0
    ) AS v
    OFFSET 0
  ) AS x
  CROSS JOIN LATERAL (
    SELECT
      1 AS one,
      CAST(CASE
        WHEN NOT e.record_key IS NULL
        AND k.target_key IS NULL
        AND s.is_present
        AND f.in_filter
        AND TRUE
        THEN CAST(GEN_RANDOM_UUID() AS uuid)
      END AS uuid) AS k_1
    OFFSET 0
  ) AS n
  CROSS JOIN LATERAL (
    SELECT
      CASE
        WHEN s.is_present IS NULL AND NOT (
          k.target_key IS NOT NULL
        )
        THEN 'nothing'
        WHEN k.is_skipped
        THEN 'skipped'
        WHEN s.is_present IS NULL AND NOT f.was_in_filter
        THEN 'leave'
        WHEN s.is_present IS NULL
        THEN 'gone'
        WHEN NOT f.in_filter
        THEN 'filtered'
        WHEN NOT (
          k.target_key IS NOT NULL
        ) AND NOT (
          TRUE
        )
        THEN 'uncoupled'
        WHEN NOT (
          (
            x.y_1 OR x.y_2 OR x.y_3 OR e.is_retried
          )
        )
        THEN CASE WHEN k.target_key IS NULL THEN 'insert' ELSE 'unchanged' END
        WHEN e.hop > 8
        THEN 'loop'
        WHEN FALSE
        THEN 'fail'
        WHEN FALSE
        THEN 'wait'
        WHEN k.target_key IS NOT NULL
        THEN 'update'
        WHEN n.k_1 IS NULL
        THEN 'fail'
        ELSE 'insert'
      END AS disposition,
      CASE
        WHEN k.is_skipped
        THEN 'the couple is marked as skipped'
        WHEN e.hop > 8
        THEN 'the change came through too many mappings: they form a loop'
        ELSE 'the key of the new row is null'
      END AS message,
      NULL AS waits_for_mapping,
      NULL AS waits_for_key,
      NULL AS later_mapping,
      NULL AS later_key,
      CAST(NULL AS text[]) AS later_before
    OFFSET 0
  ) AS d
  RETURNING s.disposition, s.hop, s.later_mapping
)
SELECT
  s.disposition,
  s.hop,
  COUNT(*) AS records,
  0 AS undecided,
  0 AS written,
  COUNT(s.later_mapping) AS later,
  CAST('{}' AS BOOLEAN[]) AS fields
FROM staged AS s
GROUP BY
  s.disposition,
  s.hop;

-- first page: full sync only: the first rows in the order of the key
SELECT
  (
    ARRAY_AGG(x.record_key)
  )[1] AS first_key,
  (
    ARRAY_AGG(x.record_key)
  )[COUNT(*)] AS last_key,
  COUNT(*) AS records,
  MIN(x.record_key) AS least,
  MAX(x.record_key) AS greatest
FROM (
  SELECT
    CAST(s."no" AS text) COLLATE "C" AS record_key
  FROM "erp"."customer" AS s
  WHERE
    NOT (
      s."no" IS NULL
    )
  ORDER BY
    s."no"
  LIMIT $1
) AS x
HAVING
  COUNT(*) > 0;

-- next page: full sync only: the next rows in the order of the key
SELECT
  (
    ARRAY_AGG(x.record_key)
  )[1] AS first_key,
  (
    ARRAY_AGG(x.record_key)
  )[COUNT(*)] AS last_key,
  COUNT(*) AS records,
  MIN(x.record_key) AS least,
  MAX(x.record_key) AS greatest
FROM (
  SELECT
    CAST(s."no" AS text) COLLATE "C" AS record_key
  FROM "erp"."customer" AS s
  WHERE
    NOT (
      s."no" IS NULL
    )
    AND s."no" > CAST($2 AS character varying) COLLATE "pg_catalog"."default"
  ORDER BY
    s."no"
  LIMIT $1
) AS x
HAVING
  COUNT(*) > 0;

-- scan: full sync only: instead of the claim, read the rows of a key range as if each had been asked for
WITH staged AS (
  INSERT INTO pg_temp.stage_customer_to_right_173d88 AS s (
    record_key,
    target_key,
    disposition,
    message,
    waits_for_mapping,
    waits_for_key,
    later_mapping,
    later_key,
    later_before,
    is_forced,
    is_retried,
    operation,
    asked,
    layout_no,
    before,
    origin,
    hop,
    entry_id,
    xid,
    captured_at,
    captured_by,
    modified_at,
    attempts,
    parked_at,
    coupling_tid,
    k_1,
    v_1,
    c_1,
    v_2,
    c_2,
    v_3,
    c_3
  )
  SELECT
    e.record_key,
    COALESCE(k.target_key, CASE WHEN d.disposition = 'insert' THEN CAST(n.k_1 AS text) END),
    d.disposition,
    d.message,
    d.waits_for_mapping,
    d.waits_for_key,
    d.later_mapping,
    d.later_key,
    d.later_before,
    e.is_forced,
    e.is_retried,
    e.operation,
    e.asked,
    e.layout_no,
    e.before,
    e.origin,
    e.hop,
    e.entry_id,
    e.xid,
    e.captured_at,
    e.captured_by,
    COALESCE(CAST(NULL AS timestamptz), e.captured_at),
    e.attempts,
    e.parked_at,
    k.position,
    n.k_1,
    CAST(x.x_1 AS character varying),
    x.y_1,
    CAST(x.x_2 AS text),
    x.y_2,
    CAST(x.x_3 AS text),
    x.y_3
  FROM (
    SELECT
      TRUE AS is_present,
      s."no",
      s."name",
      s."phone"
    FROM "erp"."customer" AS s
    WHERE
      NOT (
        s."no" IS NULL
      )
      AND s."no" >= CAST($3 AS character varying) COLLATE "pg_catalog"."default"
      AND s."no" <= CAST($4 AS character varying) COLLATE "pg_catalog"."default"
  ) AS s
  CROSS JOIN LATERAL (
    SELECT
      g.record_key,
      (
        (
          EXISTS(
            SELECT
              1
            FROM sync.outbox AS o
            WHERE
              o.mapping_name = $1 AND o.side = $2
          )
          AND EXISTS(
            SELECT
              1
            FROM sync.outbox AS o
            WHERE
              o.mapping_name = $1 AND o.side = $2 AND o.record_key = g.record_key
          )
        )
        OR (
          EXISTS(
            SELECT
              1
            FROM sync.parked AS p
            WHERE
              p.mapping_name = $1 AND p.side = $2
          )
          AND EXISTS(
            SELECT
              1
            FROM sync.parked AS p
            WHERE
              p.mapping_name = $1 AND p.side = $2 AND p.record_key = g.record_key
          )
        )
        OR g.record_key IN (
          SELECT
            r.new_key
          FROM sync.outbox AS r
          WHERE
            r.mapping_name = $1 AND r.side = $2 AND NOT r.new_key IS NULL
        )
      ) AS is_waiting,
      (
        SELECT
          NEXTVAL('sync.outbox_entry_id_seq')
      ) AS entry_id,
      'create' AS operation,
      'create' AS asked,
      1 AS layout_no,
      CAST(NULL AS TEXT[]) AS before,
      CAST(NULL AS TEXT) AS origin,
      CAST(0 AS SMALLINT) AS hop,
      PG_CURRENT_XACT_ID() AS xid,
      CURRENT_TIMESTAMP AS captured_at,
      (
        SELECT
          SESSION_USER
      ) AS captured_by,
      0 AS attempts,
      CAST(NULL AS TIMESTAMPTZ) AS parked_at,
      FALSE AS is_forced,
      TRUE AS is_created,
      FALSE AS is_retried
    FROM (
      SELECT
        CAST(s."no" AS text) COLLATE "C" AS record_key
      OFFSET 0
    ) AS g
    OFFSET 0
  ) AS e
  LEFT JOIN LATERAL (
    SELECT
      c.is_skipped,
      c.ctid AS position,
      c.right_key AS target_key
    FROM sync.coupling AS c
    WHERE
      (
        c.mapping_name = $1 AND c.left_key = e.record_key
      )
      AND (
        e.record_key < $5
        OR e.record_key > $6
        OR (
          SELECT
            TRUE
          FROM sync.coupling AS z
          WHERE
            z.mapping_name = $1 AND z.left_key >= $5 AND z.left_key <= $6
          LIMIT 1
        )
      )
    OFFSET 0
  ) AS k
    ON TRUE
  CROSS JOIN LATERAL (
    SELECT
      TRUE AS in_filter,
      TRUE AS was_in_filter
  ) AS f
  CROSS JOIN LATERAL (
    SELECT
      1 AS one,
      s."no" AS x_1,
      TRUE AS y_1,
      s."name" AS x_2,
      TRUE AS y_2,
      s."phone" AS x_3,
      TRUE AS y_3
    OFFSET 0
  ) AS x
  CROSS JOIN LATERAL (
    SELECT
      1 AS one,
      CAST(CASE
        WHEN NOT e.record_key IS NULL
        AND k.target_key IS NULL
        AND s.is_present
        AND f.in_filter
        AND TRUE
        THEN CAST(GEN_RANDOM_UUID() AS uuid)
      END AS uuid) AS k_1
    OFFSET 0
  ) AS n
  CROSS JOIN LATERAL (
    SELECT
      CASE
        WHEN e.is_waiting
        THEN 'ask'
        WHEN s.is_present IS NULL AND NOT (
          k.target_key IS NOT NULL
        )
        THEN 'nothing'
        WHEN k.is_skipped
        THEN 'skipped'
        WHEN s.is_present IS NULL AND NOT f.was_in_filter
        THEN 'leave'
        WHEN s.is_present IS NULL
        THEN 'gone'
        WHEN NOT f.in_filter
        THEN 'filtered'
        WHEN NOT (
          k.target_key IS NOT NULL
        ) AND NOT (
          TRUE
        )
        THEN 'uncoupled'
        WHEN NOT (
          (
            x.y_1 OR x.y_2 OR x.y_3 OR e.is_retried
          )
        )
        THEN CASE WHEN k.target_key IS NULL THEN 'insert' ELSE 'unchanged' END
        WHEN e.hop > 8
        THEN 'loop'
        WHEN FALSE
        THEN 'fail'
        WHEN FALSE
        THEN 'wait'
        WHEN k.target_key IS NOT NULL
        THEN 'update'
        WHEN n.k_1 IS NULL
        THEN 'fail'
        ELSE 'insert'
      END AS disposition,
      CASE
        WHEN k.is_skipped
        THEN 'the couple is marked as skipped'
        WHEN e.hop > 8
        THEN 'the change came through too many mappings: they form a loop'
        ELSE 'the key of the new row is null'
      END AS message,
      NULL AS waits_for_mapping,
      NULL AS waits_for_key,
      NULL AS later_mapping,
      NULL AS later_key,
      CAST(NULL AS text[]) AS later_before
    OFFSET 0
  ) AS d
  ORDER BY
    s."no"
  RETURNING s.disposition, s.hop, s.later_mapping
)
SELECT
  s.disposition,
  s.hop,
  COUNT(*) AS records,
  0 AS undecided,
  0 AS written,
  COUNT(s.later_mapping) AS later,
  CAST('{}' AS BOOLEAN[]) AS fields
FROM staged AS s
GROUP BY
  s.disposition,
  s.hop;

-- ask for range: full sync only: ask for the rows of a key range that the database refused, to be looked at one by one
INSERT INTO sync.outbox (
  mapping_name,
  side,
  record_key,
  operation,
  layout_no,
  captured_by
)
SELECT
  $1,
  $2,
  g.record_key,
  'create',
  1,
  SESSION_USER
FROM (
  SELECT
    CAST(s."no" AS text) COLLATE "C" AS record_key
  FROM "erp"."customer" AS s
  WHERE
    NOT (
      s."no" IS NULL
    )
    AND s."no" >= CAST($3 AS character varying) COLLATE "pg_catalog"."default"
    AND s."no" <= CAST($4 AS character varying) COLLATE "pg_catalog"."default"
) AS g;

-- lock: hold the target rows that nobody else holds; compare field by field
INSERT INTO pg_temp.decision_customer_to_right_173d88 (
  row_no,
  target_tid,
  image,
  d_1,
  d_2,
  d_3
)
SELECT
  s.row_no,
  t.target_tid,
  CAST(NULL AS TEXT[]),
  s.c_1 AND t."number" IS DISTINCT FROM s.v_1,
  s.c_2 AND t."title" IS DISTINCT FROM s.v_2,
  s.c_3 AND t."phone" IS DISTINCT FROM s.v_3
FROM pg_temp.stage_customer_to_right_173d88 AS s
CROSS JOIN LATERAL (
  SELECT
    t.ctid AS target_tid,
    t."id",
    t."number",
    t."title",
    t."phone"
  FROM "crm"."account" AS t
  WHERE
    t."id" = CAST(s.target_key AS uuid)   FOR NO KEY UPDATE SKIP LOCKED
) AS t
WHERE
  s.disposition IN ('update', 'gone')
  AND NOT s.target_key IN (
    SELECT
      o.record_key
    FROM sync.outbox AS o
    WHERE
      o.mapping_name = 'CUSTOMER' AND o.side = 'right' AND NOT o.new_key IS NULL
  );

-- sort out: records whose target row is held by somebody, or gone
UPDATE pg_temp.stage_customer_to_right_173d88 AS s SET disposition = CASE
  WHEN (
    EXISTS(
      SELECT
        1
      FROM "crm"."account" AS t
      WHERE
        t."id" = CAST(s.target_key AS uuid)
    )
    OR EXISTS(
      SELECT
        1
      FROM sync.outbox AS o
      WHERE
        o.mapping_name = 'CUSTOMER'
        AND o.side = 'right'
        AND o.record_key = s.target_key
        AND NOT o.new_key IS NULL
    )
  )
  THEN 'held'
  WHEN s.disposition = 'gone'
  THEN 'leave'
  ELSE 'missing'
END, message = 'the record is coupled to ' || s.target_key || ', which is deleted'
WHERE
  s.disposition IN ('update', 'gone')
  AND NOT EXISTS(
    SELECT
      1
    FROM pg_temp.decision_customer_to_right_173d88 AS d
    WHERE
      d.row_no = s.row_no
  );

-- policy: a deleted source row: fail
UPDATE pg_temp.stage_customer_to_right_173d88 AS s SET disposition = 'deleted', message = 'the left record was deleted; it is still coupled'
WHERE
  s.disposition = 'gone';

-- summary: count what is to be done
SELECT
  s.disposition,
  s.hop,
  COUNT(*) AS records,
  COUNT(*) FILTER(WHERE
    d.row_no IS NULL) AS undecided,
  COUNT(*) FILTER(WHERE
    (
      d.d_1 OR d.d_2 OR d.d_3
    )) AS written,
  COUNT(*) FILTER(WHERE
    NOT s.later_mapping IS NULL) AS later,
  ARRAY[
    COALESCE(BOOL_OR(d.d_1), FALSE),
    COALESCE(BOOL_OR(d.d_2), FALSE),
    COALESCE(BOOL_OR(d.d_3), FALSE)
  ] AS fields
FROM pg_temp.stage_customer_to_right_173d88 AS s
LEFT JOIN pg_temp.decision_customer_to_right_173d88 AS d
  ON d.row_no = s.row_no
GROUP BY
  s.disposition,
  s.hop;

-- changes: dry runs only: list the field changes
SELECT
  s.record_key,
  s.target_key,
  s.disposition AS action,
  v.field_no,
  v.source_column,
  v.target_column,
  CASE WHEN s.disposition = 'update' THEN v.old_value END AS old_value,
  v.new_value
FROM pg_temp.stage_customer_to_right_173d88 AS s
LEFT JOIN pg_temp.decision_customer_to_right_173d88 AS d
  ON d.row_no = s.row_no
LEFT JOIN LATERAL (
  SELECT
    t."id",
    t."number",
    t."title",
    t."phone"
  FROM "crm"."account" AS t
  WHERE
    t."id" = CAST(s.target_key AS uuid)
  OFFSET 0
) AS t
  ON TRUE
CROSS JOIN LATERAL (
  VALUES
    (
      1,
      'no',
      'number',
      CAST(t."number" AS text),
      CAST(CAST(s.v_1 AS character varying) AS text),
      CASE WHEN s.disposition = 'update' THEN d.d_1 ELSE NOT (
        s.v_1 IS NULL
      ) END
    ),
    (
      2,
      'name',
      'title',
      CAST(t."title" AS text),
      CAST(CAST(s.v_2 AS text) AS text),
      CASE WHEN s.disposition = 'update' THEN d.d_2 ELSE NOT (
        s.v_2 IS NULL
      ) END
    ),
    (
      3,
      'phone',
      'phone',
      CAST(t."phone" AS text),
      CAST(CAST(s.v_3 AS text) AS text),
      CASE WHEN s.disposition = 'update' THEN d.d_3 ELSE NOT (
        s.v_3 IS NULL
      ) END
    )
) AS v(field_no, source_column, target_column, old_value, new_value, is_written)
WHERE
  s.disposition IN ('update', 'insert') AND v.is_written
UNION ALL
SELECT
  s.record_key,
  s.target_key,
  s.disposition,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL
FROM pg_temp.stage_customer_to_right_173d88 AS s
WHERE
  s.disposition = 'gone'
ORDER BY
  record_key,
  field_no;

-- records: `why` only: what was decided for each record
SELECT
  s.record_key,
  s.target_key,
  s.disposition,
  s.message
FROM pg_temp.stage_customer_to_right_173d88 AS s
ORDER BY
  s.record_key;

-- journal update: keep for undo the values that will be written over
INSERT INTO sync_private.journal (
  pass_id,
  mapping_name,
  direction,
  action,
  columns,
  record_keys,
  target_keys,
  captured_by,
  old_values,
  new_values
)
SELECT
  $1,
  $2,
  $3,
  'update',
  CAST(ARRAY['number', 'title', 'phone'] AS text[]),
  ARRAY_AGG(s.record_key),
  ARRAY_AGG(s.target_key),
  ARRAY_AGG(s.captured_by),
  ARRAY_AGG(
    CAST(ARRAY[
      CASE WHEN d.d_1 THEN CAST(t."number" AS text) END,
      CASE WHEN d.d_2 THEN CAST(t."title" AS text) END,
      CASE WHEN d.d_3 THEN CAST(t."phone" AS text) END
    ] AS text[])
  ),
  ARRAY_AGG(
    CAST(ARRAY[
      CASE WHEN d.d_1 THEN CAST(CAST(s.v_1 AS character varying) AS text) END,
      CASE WHEN d.d_2 THEN CAST(CAST(s.v_2 AS text) AS text) END,
      CASE WHEN d.d_3 THEN CAST(CAST(s.v_3 AS text) AS text) END
    ] AS text[])
  )
FROM pg_temp.decision_customer_to_right_173d88 AS d
  JOIN pg_temp.stage_customer_to_right_173d88 AS s
    ON s.row_no = d.row_no
JOIN "crm"."account" AS t
  ON t.ctid = d.target_tid
WHERE
  CASE WHEN s.disposition = 'update' THEN s.hop = $4 END
  AND (
    d.d_1 OR d.d_2 OR d.d_3
  )
GROUP BY
  s.row_no / 1000;

-- update: write the changed fields of one hop count; SET names the fields that changed
UPDATE "crm"."account" AS t SET "number" = CASE WHEN d.d_1 THEN s.v_1 ELSE t."number" END, "title" = CASE WHEN d.d_2 THEN s.v_2 ELSE t."title" END, "phone" = CASE WHEN d.d_3 THEN s.v_3 ELSE t."phone" END
FROM pg_temp.decision_customer_to_right_173d88 AS d
  JOIN pg_temp.stage_customer_to_right_173d88 AS s
    ON s.row_no = d.row_no
WHERE
  t.ctid = d.target_tid
  AND (
    d.d_1 OR d.d_2 OR d.d_3
  )
  AND CASE WHEN s.disposition = 'update' THEN s.hop = $1 END;

-- insert: create the new target rows of one hop count
INSERT INTO "crm"."account" AS t (
  "number",
  "title",
  "phone",
  "id"
)
SELECT
  s.v_1,
  s.v_2,
  s.v_3,
  s.k_1
FROM pg_temp.stage_customer_to_right_173d88 AS s
WHERE
  s.disposition = 'insert' AND s.hop = $1
ORDER BY
  s.row_no;

-- park: set aside with a reason
INSERT INTO sync.parked (
  mapping_name,
  side,
  record_key,
  target_key,
  operation,
  layout_no,
  before,
  origin,
  hop,
  entry_id,
  captured_at,
  captured_by,
  reason,
  message,
  waits_for_mapping,
  waits_for_key,
  attempts,
  parked_at,
  next_attempt_at
)
SELECT
  $1,
  $2,
  s.record_key,
  s.target_key,
  COALESCE(s.asked, s.operation),
  s.layout_no,
  s.before,
  s.origin,
  s.hop,
  s.entry_id,
  s.captured_at,
  s.captured_by,
  CASE s.disposition
    WHEN 'wait'
    THEN 'reference'
    WHEN 'fail'
    THEN 'error'
    ELSE s.disposition
  END,
  s.message,
  s.waits_for_mapping,
  s.waits_for_key,
  s.attempts + 1,
  COALESCE(s.parked_at, CURRENT_TIMESTAMP),
  CASE
    WHEN s.disposition IN ('wait', 'fail', 'missing')
    THEN CURRENT_TIMESTAMP + LEAST(INTERVAL '1 HOUR', INTERVAL '1 MINUTE' * POWER(2, LEAST(s.attempts, 10)))
  END
FROM pg_temp.stage_customer_to_right_173d88 AS s
WHERE
  s.disposition IN ('wait', 'fail', 'loop', 'skipped', 'deleted', 'missing');

-- park later: references to fill in later
INSERT INTO sync.parked (
  mapping_name,
  side,
  record_key,
  target_key,
  operation,
  layout_no,
  before,
  origin,
  hop,
  entry_id,
  captured_at,
  captured_by,
  reason,
  message,
  waits_for_mapping,
  waits_for_key,
  next_attempt_at
)
SELECT
  $1,
  $2,
  s.record_key,
  s.target_key,
  'update',
  1,
  s.later_before,
  s.origin,
  s.hop,
  s.entry_id,
  s.captured_at,
  s.captured_by,
  'reference',
  s.later_key || ' must be coupled in ' || s.later_mapping,
  s.later_mapping,
  s.later_key,
  CURRENT_TIMESTAMP + INTERVAL '1 MINUTE'
FROM pg_temp.stage_customer_to_right_173d88 AS s
WHERE
  s.disposition = 'insert' AND NOT s.later_mapping IS NULL;

-- put back: return what could not be held
INSERT INTO sync.outbox (
  mapping_name,
  side,
  record_key,
  operation,
  layout_no,
  before,
  origin,
  hop,
  xid,
  captured_at,
  captured_by,
  entry_id
)
OVERRIDING SYSTEM VALUE SELECT
  $1,
  $2,
  s.record_key,
  CASE
    WHEN s.is_retried
    AND s.asked IS NULL
    AND s.operation = 'update'
    AND NOT s.before IS NULL
    THEN 'retry'
    ELSE COALESCE(s.asked, s.operation)
  END,
  s.layout_no,
  s.before,
  s.origin,
  s.hop,
  s.xid,
  s.captured_at,
  s.captured_by,
  s.entry_id
FROM pg_temp.stage_customer_to_right_173d88 AS s
WHERE
  s.disposition = 'held';

-- ask: full sync only: ask for the rows that have changes of their own waiting, to be looked at with these
INSERT INTO sync.outbox (
  mapping_name,
  side,
  record_key,
  operation,
  layout_no,
  captured_by
)
SELECT
  $1,
  $2,
  s.record_key,
  'create',
  s.layout_no,
  s.captured_by
FROM pg_temp.stage_customer_to_right_173d88 AS s
WHERE
  s.disposition = 'ask';

-- couple: couple the new rows
INSERT INTO sync.coupling (
  mapping_name,
  left_key,
  right_key,
  last_synced_at,
  pass_id,
  created_side
)
SELECT
  $1,
  s.record_key,
  s.target_key,
  CURRENT_TIMESTAMP,
  $2,
  'right'
FROM pg_temp.stage_customer_to_right_173d88 AS s
WHERE
  s.disposition = 'insert';

-- touch: note on the couplings that their rows were written
UPDATE sync.coupling AS c SET last_synced_at = CURRENT_TIMESTAMP
FROM pg_temp.decision_customer_to_right_173d88 AS d
  JOIN pg_temp.stage_customer_to_right_173d88 AS s
    ON s.row_no = d.row_no
WHERE
  c.ctid = s.coupling_tid
  AND c.mapping_name IS NOT DISTINCT FROM $1
  AND c.left_key IS NOT DISTINCT FROM s.record_key
  AND CASE WHEN s.disposition = 'update' THEN TRUE END
  AND (
    d.d_1 OR d.d_2 OR d.d_3
  );

-- close conflicts: close conflicts of ended couples
UPDATE sync.conflict AS q SET resolved_at = CURRENT_TIMESTAMP, resolution = COALESCE(q.resolution, 'uncoupled')
FROM pg_temp.stage_customer_to_right_173d88 AS s
WHERE
  q.mapping_name = $1
  AND q.left_key = s.record_key
  AND q.resolved_at IS NULL
  AND s.disposition IN ('gone', 'leave', 'revive');

-- release: retry what waited for a lost partner
UPDATE sync.parked AS p SET next_attempt_at = CURRENT_TIMESTAMP
FROM pg_temp.stage_customer_to_right_173d88 AS s
WHERE
  p.mapping_name = $1
  AND p.side = $2
  AND p.record_key = s.target_key
  AND s.disposition IN ('gone', 'leave', 'revive');

-- revive: ask for lost rows to be created anew
INSERT INTO sync.outbox (
  mapping_name,
  side,
  record_key,
  operation,
  layout_no,
  hop,
  captured_by
)
SELECT
  $1,
  $2,
  s.target_key,
  'restore',
  1,
  s.hop,
  SESSION_USER
FROM pg_temp.stage_customer_to_right_173d88 AS s
WHERE
  s.disposition = 'revive';

-- uncouple: drop the couplings of ended couples
DELETE FROM sync.coupling AS c USING   pg_temp.stage_customer_to_right_173d88 AS s
WHERE
  c.mapping_name = $1
  AND c.left_key = s.record_key
  AND s.disposition IN ('gone', 'leave', 'revive')
  AND NOT c.is_skipped;

-- uncouple lines: and those of their lines, if they are headers
SELECT
  sync_private.uncouple_lines($1, ARRAY_AGG(s.record_key), ARRAY_AGG(s.target_key))
FROM pg_temp.stage_customer_to_right_173d88 AS s
WHERE
  s.disposition IN ('gone', 'leave');

-- log errors: note the failed records
INSERT INTO sync.pass_error (
  pass_id,
  mapping_name,
  direction,
  record_key,
  target_key,
  message
)
SELECT
  $3,
  $1,
  $2,
  s.record_key,
  s.target_key,
  s.message
FROM pg_temp.stage_customer_to_right_173d88 AS s
WHERE
  s.disposition IN ('fail', 'loop', 'deleted', 'missing');

-- CUSTOMER to_left

-- empty: delete what the last batch left in the working tables
WITH d AS (
  DELETE FROM pg_temp.decision_customer_to_left_1d19ac AS d
), c AS (
  DELETE FROM pg_temp.clash_customer_to_left_1d19ac AS c
)
DELETE FROM pg_temp.stage_customer_to_left_1d19ac AS s;

-- claim: take the waiting entries of a key range, re-read their rows, filter, transform, resolve references
WITH renamed AS (
  SELECT
    k.key
  FROM sync.outbox AS r
  CROSS JOIN LATERAL (
    VALUES
      (r.record_key),
      (r.new_key)
  ) AS k(key)
  WHERE
    r.mapping_name = $1 AND r.side = $2 AND NOT r.new_key IS NULL
), claimed AS (
  DELETE FROM sync.outbox AS o
  WHERE
    o.mapping_name = $1
    AND o.side = $2
    AND o.record_key >= $3
    AND o.record_key <= $4
    AND (
      $6
      OR o.operation <> 'delete'
      OR (
        SELECT
          TRUE
        FROM sync.outbox AS z
        WHERE
          z.mapping_name = $1
          AND z.side = $2
          AND z.record_key = o.record_key
          AND z.operation <> 'delete'
          AND z.operation <> 'rekey'
        LIMIT 1
      )
    )
    AND o.operation <> 'truncate'
    AND o.operation <> 'rekey'
    AND NOT o.record_key IN (
      SELECT
        v.key
      FROM renamed AS v
    )
  RETURNING o.record_key, o.entry_id, o.operation, o.layout_no, o.before, o.origin, o.hop, o.captured_at, o.captured_by, o.xid
), unparked AS (
  DELETE FROM sync.parked AS p
  WHERE
    p.mapping_name = $1
    AND p.side = $2
    AND p.record_key >= $3
    AND p.record_key <= $4
    AND EXISTS(
      SELECT
        1
      FROM sync.outbox AS o
      WHERE
        o.mapping_name = $1
        AND o.side = $2
        AND o.record_key = p.record_key
        AND (
          $6 OR o.operation <> 'delete'
        )
        AND o.operation <> 'truncate'
        AND o.operation <> 'rekey'
    )
    AND NOT p.record_key IN (
      SELECT
        v.key
      FROM renamed AS v
    )
  RETURNING p.record_key, p.entry_id, p.operation, p.layout_no, p.before, p.origin, p.hop, p.captured_at, p.captured_by, CAST(NULL AS XID8) AS xid, p.attempts, p.parked_at
), waiting AS (
  SELECT
    c.*,
    0 AS attempts,
    CAST(NULL AS TIMESTAMPTZ) AS parked_at
  FROM claimed AS c
  UNION ALL
  SELECT
    u.*
  FROM unparked AS u
), entry AS (
  SELECT DISTINCT ON (w.record_key)
    w.record_key,
    w.entry_id,
    w.operation,
    w.layout_no,
    w.before,
    w.origin,
    w.captured_by,
    MAX(w.hop) OVER record AS hop,
    MAX(w.captured_at) OVER record AS captured_at,
    MIN(w.xid) OVER record AS xid,
    MAX(w.attempts) OVER record AS attempts,
    MAX(w.parked_at) OVER record AS parked_at,
    BOOL_OR(w.operation = 'request') OVER record AS is_forced,
    BOOL_OR(w.operation IN ('request', 'couple', 'restore', 'create')) OVER record AS is_asked,
    BOOL_OR(w.operation IN ('restore', 'create')) OVER record AS is_created,
    BOOL_OR(w.operation = 'retry') OVER record AS is_retried,
    MAX(
      CASE
        WHEN w.operation IN ('request', 'couple', 'restore', 'create', 'answer')
        THEN w.operation
      END
    ) OVER record AS asked
  FROM waiting AS w
  WINDOW record AS (PARTITION BY w.record_key)
  ORDER BY
    w.record_key,
    w.operation IN ('retry', 'answer') AND w.before IS NULL,
    w.entry_id
), staged AS (
  INSERT INTO pg_temp.stage_customer_to_left_1d19ac AS s (
    record_key,
    target_key,
    disposition,
    message,
    waits_for_mapping,
    waits_for_key,
    later_mapping,
    later_key,
    later_before,
    is_forced,
    is_retried,
    operation,
    asked,
    layout_no,
    before,
    origin,
    hop,
    entry_id,
    xid,
    captured_at,
    captured_by,
    modified_at,
    attempts,
    parked_at,
    coupling_tid,
    k_1
  )
  SELECT
    e.record_key,
    COALESCE(k.target_key, CASE WHEN d.disposition = 'insert' THEN CAST(n.k_1 AS text) END),
    d.disposition,
    d.message,
    d.waits_for_mapping,
    d.waits_for_key,
    d.later_mapping,
    d.later_key,
    d.later_before,
    e.is_forced,
    e.is_retried,
    e.operation,
    e.asked,
    e.layout_no,
    e.before,
    e.origin,
    e.hop,
    e.entry_id,
    e.xid,
    e.captured_at,
    e.captured_by,
    COALESCE(CAST(NULL AS timestamptz), e.captured_at),
    e.attempts,
    e.parked_at,
    k.position,
    n.k_1
  FROM entry AS e
  LEFT JOIN LATERAL (
    SELECT
      TRUE AS is_present,
      s."id"
    FROM "crm"."account" AS s
    WHERE
      s."id" = CAST(e.record_key AS uuid)
    OFFSET 0
  ) AS s
    ON TRUE
  LEFT JOIN LATERAL (
    SELECT
      c.is_skipped,
      c.ctid AS position,
      c.left_key AS target_key
    FROM sync.coupling AS c
    WHERE
      c.mapping_name = $1 AND c.right_key = e.record_key
    OFFSET 0
  ) AS k
    ON TRUE
  CROSS JOIN LATERAL (
    SELECT
      s."id" AS "id",
      1 AS is_base
  ) AS b
  CROSS JOIN LATERAL (
    SELECT
      TRUE AS in_filter,
      TRUE AS was_in_filter,
      s.is_present
      AND (
        (
          e.before IS NULL AND NOT e.operation IN ('retry', 'answer')
        )
        OR $5
        OR e.is_asked
        OR k.target_key IS NULL
      ) AS is_whole,
      s.is_present AND e.before IS NOT NULL AS has_base
    OFFSET 0
  ) AS f
  CROSS JOIN LATERAL (
    SELECT
      v.one
    FROM (
      SELECT
        1 AS one
      OFFSET 0
    ) AS v
    OFFSET 0
  ) AS x
  CROSS JOIN LATERAL (
    SELECT
      1 AS one,
      CAST(CASE
        WHEN NOT e.record_key IS NULL
        AND k.target_key IS NULL
        AND s.is_present
        AND f.in_filter
        AND FALSE
        THEN NULL
      END AS character varying) AS k_1
    OFFSET 0
  ) AS n
  CROSS JOIN LATERAL (
    SELECT
      CASE
        WHEN s.is_present IS NULL AND NOT (
          k.target_key IS NOT NULL
        )
        THEN 'nothing'
        WHEN k.is_skipped
        THEN 'skipped'
        WHEN s.is_present IS NULL AND NOT f.was_in_filter
        THEN 'leave'
        WHEN s.is_present IS NULL
        THEN 'gone'
        WHEN NOT f.in_filter
        THEN 'filtered'
        WHEN NOT (
          k.target_key IS NOT NULL
        ) AND NOT (
          FALSE
        )
        THEN 'uncoupled'
        WHEN NOT e.is_retried
        THEN CASE WHEN k.target_key IS NULL THEN 'insert' ELSE 'unchanged' END
        WHEN e.hop > 8
        THEN 'loop'
        WHEN FALSE
        THEN 'fail'
        WHEN FALSE
        THEN 'wait'
        WHEN k.target_key IS NOT NULL
        THEN 'update'
        WHEN n.k_1 IS NULL
        THEN 'fail'
        ELSE 'insert'
      END AS disposition,
      CASE
        WHEN k.is_skipped
        THEN 'the couple is marked as skipped'
        WHEN e.hop > 8
        THEN 'the change came through too many mappings: they form a loop'
        ELSE 'new rows in erp.customer have no value for key column no: set left_new_key, map a field to it, or give the column a default'
      END AS message,
      NULL AS waits_for_mapping,
      NULL AS waits_for_key,
      NULL AS later_mapping,
      NULL AS later_key,
      CAST(NULL AS text[]) AS later_before
    OFFSET 0
  ) AS d
  RETURNING s.disposition, s.hop, s.later_mapping
)
SELECT
  s.disposition,
  s.hop,
  COUNT(*) AS records,
  0 AS undecided,
  0 AS written,
  COUNT(s.later_mapping) AS later,
  CAST('{}' AS BOOLEAN[]) AS fields
FROM staged AS s
GROUP BY
  s.disposition,
  s.hop;

-- first page: full sync only: the first rows in the order of the key
SELECT
  (
    ARRAY_AGG(x.record_key)
  )[1] AS first_key,
  (
    ARRAY_AGG(x.record_key)
  )[COUNT(*)] AS last_key,
  COUNT(*) AS records,
  MIN(x.record_key) AS least,
  MAX(x.record_key) AS greatest
FROM (
  SELECT
    CAST(s."id" AS text) COLLATE "C" AS record_key
  FROM "crm"."account" AS s
  WHERE
    NOT (
      s."id" IS NULL
    )
  ORDER BY
    s."id"
  LIMIT $1
) AS x
HAVING
  COUNT(*) > 0;

-- next page: full sync only: the next rows in the order of the key
SELECT
  (
    ARRAY_AGG(x.record_key)
  )[1] AS first_key,
  (
    ARRAY_AGG(x.record_key)
  )[COUNT(*)] AS last_key,
  COUNT(*) AS records,
  MIN(x.record_key) AS least,
  MAX(x.record_key) AS greatest
FROM (
  SELECT
    CAST(s."id" AS text) COLLATE "C" AS record_key
  FROM "crm"."account" AS s
  WHERE
    NOT (
      s."id" IS NULL
    ) AND s."id" > CAST($2 AS uuid)
  ORDER BY
    s."id"
  LIMIT $1
) AS x
HAVING
  COUNT(*) > 0;

-- scan: full sync only: instead of the claim, read the rows of a key range as if each had been asked for
WITH staged AS (
  INSERT INTO pg_temp.stage_customer_to_left_1d19ac AS s (
    record_key,
    target_key,
    disposition,
    message,
    waits_for_mapping,
    waits_for_key,
    later_mapping,
    later_key,
    later_before,
    is_forced,
    is_retried,
    operation,
    asked,
    layout_no,
    before,
    origin,
    hop,
    entry_id,
    xid,
    captured_at,
    captured_by,
    modified_at,
    attempts,
    parked_at,
    coupling_tid,
    k_1
  )
  SELECT
    e.record_key,
    COALESCE(k.target_key, CASE WHEN d.disposition = 'insert' THEN CAST(n.k_1 AS text) END),
    d.disposition,
    d.message,
    d.waits_for_mapping,
    d.waits_for_key,
    d.later_mapping,
    d.later_key,
    d.later_before,
    e.is_forced,
    e.is_retried,
    e.operation,
    e.asked,
    e.layout_no,
    e.before,
    e.origin,
    e.hop,
    e.entry_id,
    e.xid,
    e.captured_at,
    e.captured_by,
    COALESCE(CAST(NULL AS timestamptz), e.captured_at),
    e.attempts,
    e.parked_at,
    k.position,
    n.k_1
  FROM (
    SELECT
      TRUE AS is_present,
      s."id"
    FROM "crm"."account" AS s
    WHERE
      NOT (
        s."id" IS NULL
      )
      AND s."id" >= CAST($3 AS uuid)
      AND s."id" <= CAST($4 AS uuid)
  ) AS s
  CROSS JOIN LATERAL (
    SELECT
      g.record_key,
      (
        (
          EXISTS(
            SELECT
              1
            FROM sync.outbox AS o
            WHERE
              o.mapping_name = $1 AND o.side = $2
          )
          AND EXISTS(
            SELECT
              1
            FROM sync.outbox AS o
            WHERE
              o.mapping_name = $1 AND o.side = $2 AND o.record_key = g.record_key
          )
        )
        OR (
          EXISTS(
            SELECT
              1
            FROM sync.parked AS p
            WHERE
              p.mapping_name = $1 AND p.side = $2
          )
          AND EXISTS(
            SELECT
              1
            FROM sync.parked AS p
            WHERE
              p.mapping_name = $1 AND p.side = $2 AND p.record_key = g.record_key
          )
        )
        OR g.record_key IN (
          SELECT
            r.new_key
          FROM sync.outbox AS r
          WHERE
            r.mapping_name = $1 AND r.side = $2 AND NOT r.new_key IS NULL
        )
      ) AS is_waiting,
      (
        SELECT
          NEXTVAL('sync.outbox_entry_id_seq')
      ) AS entry_id,
      CASE
        WHEN EXISTS(
          SELECT
            1
          FROM sync.coupling AS c
          WHERE
            c.mapping_name = $1 AND c.right_key = g.record_key
        )
        THEN 'answer'
        ELSE 'create'
      END AS operation,
      CASE
        WHEN EXISTS(
          SELECT
            1
          FROM sync.coupling AS c
          WHERE
            c.mapping_name = $1 AND c.right_key = g.record_key
        )
        THEN 'answer'
        ELSE 'create'
      END AS asked,
      1 AS layout_no,
      CAST(NULL AS TEXT[]) AS before,
      CAST(NULL AS TEXT) AS origin,
      CAST(0 AS SMALLINT) AS hop,
      PG_CURRENT_XACT_ID() AS xid,
      CURRENT_TIMESTAMP AS captured_at,
      (
        SELECT
          SESSION_USER
      ) AS captured_by,
      0 AS attempts,
      CAST(NULL AS TIMESTAMPTZ) AS parked_at,
      FALSE AS is_forced,
      TRUE AS is_created,
      FALSE AS is_retried
    FROM (
      SELECT
        CAST(s."id" AS text) COLLATE "C" AS record_key
      OFFSET 0
    ) AS g
    OFFSET 0
  ) AS e
  LEFT JOIN LATERAL (
    SELECT
      c.is_skipped,
      c.ctid AS position,
      c.left_key AS target_key
    FROM sync.coupling AS c
    WHERE
      (
        c.mapping_name = $1 AND c.right_key = e.record_key
      )
      AND (
        e.record_key < $5
        OR e.record_key > $6
        OR (
          SELECT
            TRUE
          FROM sync.coupling AS z
          WHERE
            z.mapping_name = $1 AND z.right_key >= $5 AND z.right_key <= $6
          LIMIT 1
        )
      )
    OFFSET 0
  ) AS k
    ON TRUE
  CROSS JOIN LATERAL (
    SELECT
      TRUE AS in_filter,
      TRUE AS was_in_filter
  ) AS f
  CROSS JOIN LATERAL (
    SELECT
      1 AS one
    OFFSET 0
  ) AS x
  CROSS JOIN LATERAL (
    SELECT
      1 AS one,
      CAST(CASE
        WHEN NOT e.record_key IS NULL
        AND k.target_key IS NULL
        AND s.is_present
        AND f.in_filter
        AND FALSE
        THEN NULL
      END AS character varying) AS k_1
    OFFSET 0
  ) AS n
  CROSS JOIN LATERAL (
    SELECT
      CASE
        WHEN e.is_waiting
        THEN 'ask'
        WHEN s.is_present IS NULL AND NOT (
          k.target_key IS NOT NULL
        )
        THEN 'nothing'
        WHEN k.is_skipped
        THEN 'skipped'
        WHEN s.is_present IS NULL AND NOT f.was_in_filter
        THEN 'leave'
        WHEN s.is_present IS NULL
        THEN 'gone'
        WHEN NOT f.in_filter
        THEN 'filtered'
        WHEN NOT (
          k.target_key IS NOT NULL
        ) AND NOT (
          FALSE
        )
        THEN 'uncoupled'
        WHEN NOT e.is_retried
        THEN CASE WHEN k.target_key IS NULL THEN 'insert' ELSE 'unchanged' END
        WHEN e.hop > 8
        THEN 'loop'
        WHEN FALSE
        THEN 'fail'
        WHEN FALSE
        THEN 'wait'
        WHEN k.target_key IS NOT NULL
        THEN 'update'
        WHEN n.k_1 IS NULL
        THEN 'fail'
        ELSE 'insert'
      END AS disposition,
      CASE
        WHEN k.is_skipped
        THEN 'the couple is marked as skipped'
        WHEN e.hop > 8
        THEN 'the change came through too many mappings: they form a loop'
        ELSE 'new rows in erp.customer have no value for key column no: set left_new_key, map a field to it, or give the column a default'
      END AS message,
      NULL AS waits_for_mapping,
      NULL AS waits_for_key,
      NULL AS later_mapping,
      NULL AS later_key,
      CAST(NULL AS text[]) AS later_before
    OFFSET 0
  ) AS d
  WHERE
    k.target_key IS NULL
  ORDER BY
    s."id"
  RETURNING s.disposition, s.hop, s.later_mapping
)
SELECT
  s.disposition,
  s.hop,
  COUNT(*) AS records,
  0 AS undecided,
  0 AS written,
  COUNT(s.later_mapping) AS later,
  CAST('{}' AS BOOLEAN[]) AS fields
FROM staged AS s
GROUP BY
  s.disposition,
  s.hop;

-- ask for range: full sync only: ask for the rows of a key range that the database refused, to be looked at one by one
INSERT INTO sync.outbox (
  mapping_name,
  side,
  record_key,
  operation,
  layout_no,
  captured_by
)
SELECT
  $1,
  $2,
  g.record_key,
  CASE
    WHEN EXISTS(
      SELECT
        1
      FROM sync.coupling AS c
      WHERE
        c.mapping_name = $1 AND c.right_key = g.record_key
    )
    THEN 'answer'
    ELSE 'create'
  END,
  1,
  SESSION_USER
FROM (
  SELECT
    CAST(s."id" AS text) COLLATE "C" AS record_key
  FROM "crm"."account" AS s
  WHERE
    NOT (
      s."id" IS NULL
    )
    AND s."id" >= CAST($3 AS uuid)
    AND s."id" <= CAST($4 AS uuid)
) AS g
WHERE
  NOT (
    EXISTS(
      SELECT
        1
      FROM sync.coupling AS c
      WHERE
        c.mapping_name = $1 AND c.right_key = g.record_key
    )
  );

-- lock: hold the target rows that nobody else holds; compare field by field
INSERT INTO pg_temp.decision_customer_to_left_1d19ac (
  row_no,
  target_tid,
  image
)
SELECT
  s.row_no,
  t.target_tid,
  CAST(NULL AS TEXT[])
FROM pg_temp.stage_customer_to_left_1d19ac AS s
CROSS JOIN LATERAL (
  SELECT
    t.ctid AS target_tid,
    t."no"
  FROM "erp"."customer" AS t
  WHERE
    t."no" = CAST(s.target_key AS character varying) COLLATE "pg_catalog"."default"   FOR NO KEY UPDATE SKIP LOCKED
) AS t
WHERE
  s.disposition IN ('update', 'gone')
  AND NOT s.target_key IN (
    SELECT
      o.record_key
    FROM sync.outbox AS o
    WHERE
      o.mapping_name = 'CUSTOMER' AND o.side = 'left' AND NOT o.new_key IS NULL
  );

-- sort out: records whose target row is held by somebody, or gone
UPDATE pg_temp.stage_customer_to_left_1d19ac AS s SET disposition = CASE
  WHEN (
    EXISTS(
      SELECT
        1
      FROM "erp"."customer" AS t
      WHERE
        t."no" = CAST(s.target_key AS character varying) COLLATE "pg_catalog"."default"
    )
    OR EXISTS(
      SELECT
        1
      FROM sync.outbox AS o
      WHERE
        o.mapping_name = 'CUSTOMER'
        AND o.side = 'left'
        AND o.record_key = s.target_key
        AND NOT o.new_key IS NULL
    )
  )
  THEN 'held'
  WHEN s.disposition = 'gone'
  THEN 'leave'
  ELSE 'missing'
END, message = 'the record is coupled to ' || s.target_key || ', which is deleted'
WHERE
  s.disposition IN ('update', 'gone')
  AND NOT EXISTS(
    SELECT
      1
    FROM pg_temp.decision_customer_to_left_1d19ac AS d
    WHERE
      d.row_no = s.row_no
  );

-- policy: a deleted source row: fail
UPDATE pg_temp.stage_customer_to_left_1d19ac AS s SET disposition = 'deleted', message = 'the right record was deleted; it is still coupled'
WHERE
  s.disposition = 'gone';

-- summary: count what is to be done
SELECT
  s.disposition,
  s.hop,
  COUNT(*) AS records,
  COUNT(*) FILTER(WHERE
    d.row_no IS NULL) AS undecided,
  COUNT(*) FILTER(WHERE
    FALSE) AS written,
  COUNT(*) FILTER(WHERE
    NOT s.later_mapping IS NULL) AS later,
  CAST('{}' AS BOOLEAN[]) AS fields
FROM pg_temp.stage_customer_to_left_1d19ac AS s
LEFT JOIN pg_temp.decision_customer_to_left_1d19ac AS d
  ON d.row_no = s.row_no
GROUP BY
  s.disposition,
  s.hop;

-- changes: dry runs only: list the field changes
SELECT
  s.record_key,
  s.target_key,
  s.disposition AS action,
  v.field_no,
  v.source_column,
  v.target_column,
  CASE WHEN s.disposition = 'update' THEN v.old_value END AS old_value,
  v.new_value
FROM pg_temp.stage_customer_to_left_1d19ac AS s
LEFT JOIN pg_temp.decision_customer_to_left_1d19ac AS d
  ON d.row_no = s.row_no
LEFT JOIN LATERAL (
  SELECT
    t."no",
    t."name",
    t."phone"
  FROM "erp"."customer" AS t
  WHERE
    t."no" = CAST(s.target_key AS character varying) COLLATE "pg_catalog"."default"
  OFFSET 0
) AS t
  ON TRUE
CROSS JOIN LATERAL (
  VALUES
    (
      0,
      CAST(NULL AS text),
      CAST(NULL AS text),
      CAST(NULL AS text),
      CAST(NULL AS text),
      FALSE
    )
) AS v(field_no, source_column, target_column, old_value, new_value, is_written)
WHERE
  s.disposition IN ('update', 'insert') AND v.is_written
UNION ALL
SELECT
  s.record_key,
  s.target_key,
  s.disposition,
  NULL,
  NULL,
  NULL,
  NULL,
  NULL
FROM pg_temp.stage_customer_to_left_1d19ac AS s
WHERE
  s.disposition = 'gone'
ORDER BY
  record_key,
  field_no;

-- records: `why` only: what was decided for each record
SELECT
  s.record_key,
  s.target_key,
  s.disposition,
  s.message
FROM pg_temp.stage_customer_to_left_1d19ac AS s
ORDER BY
  s.record_key;

-- park: set aside with a reason
INSERT INTO sync.parked (
  mapping_name,
  side,
  record_key,
  target_key,
  operation,
  layout_no,
  before,
  origin,
  hop,
  entry_id,
  captured_at,
  captured_by,
  reason,
  message,
  waits_for_mapping,
  waits_for_key,
  attempts,
  parked_at,
  next_attempt_at
)
SELECT
  $1,
  $2,
  s.record_key,
  s.target_key,
  COALESCE(s.asked, s.operation),
  s.layout_no,
  s.before,
  s.origin,
  s.hop,
  s.entry_id,
  s.captured_at,
  s.captured_by,
  CASE s.disposition
    WHEN 'wait'
    THEN 'reference'
    WHEN 'fail'
    THEN 'error'
    ELSE s.disposition
  END,
  s.message,
  s.waits_for_mapping,
  s.waits_for_key,
  s.attempts + 1,
  COALESCE(s.parked_at, CURRENT_TIMESTAMP),
  CASE
    WHEN s.disposition IN ('wait', 'fail', 'missing')
    THEN CURRENT_TIMESTAMP + LEAST(INTERVAL '1 HOUR', INTERVAL '1 MINUTE' * POWER(2, LEAST(s.attempts, 10)))
  END
FROM pg_temp.stage_customer_to_left_1d19ac AS s
WHERE
  s.disposition IN ('wait', 'fail', 'loop', 'skipped', 'deleted', 'missing');

-- park later: references to fill in later
INSERT INTO sync.parked (
  mapping_name,
  side,
  record_key,
  target_key,
  operation,
  layout_no,
  before,
  origin,
  hop,
  entry_id,
  captured_at,
  captured_by,
  reason,
  message,
  waits_for_mapping,
  waits_for_key,
  next_attempt_at
)
SELECT
  $1,
  $2,
  s.record_key,
  s.target_key,
  'update',
  1,
  s.later_before,
  s.origin,
  s.hop,
  s.entry_id,
  s.captured_at,
  s.captured_by,
  'reference',
  s.later_key || ' must be coupled in ' || s.later_mapping,
  s.later_mapping,
  s.later_key,
  CURRENT_TIMESTAMP + INTERVAL '1 MINUTE'
FROM pg_temp.stage_customer_to_left_1d19ac AS s
WHERE
  s.disposition = 'insert' AND NOT s.later_mapping IS NULL;

-- put back: return what could not be held
INSERT INTO sync.outbox (
  mapping_name,
  side,
  record_key,
  operation,
  layout_no,
  before,
  origin,
  hop,
  xid,
  captured_at,
  captured_by,
  entry_id
)
OVERRIDING SYSTEM VALUE SELECT
  $1,
  $2,
  s.record_key,
  CASE
    WHEN s.is_retried
    AND s.asked IS NULL
    AND s.operation = 'update'
    AND NOT s.before IS NULL
    THEN 'retry'
    ELSE COALESCE(s.asked, s.operation)
  END,
  s.layout_no,
  s.before,
  s.origin,
  s.hop,
  s.xid,
  s.captured_at,
  s.captured_by,
  s.entry_id
FROM pg_temp.stage_customer_to_left_1d19ac AS s
WHERE
  s.disposition = 'held';

-- ask: full sync only: ask for the rows that have changes of their own waiting, to be looked at with these
INSERT INTO sync.outbox (
  mapping_name,
  side,
  record_key,
  operation,
  layout_no,
  captured_by
)
SELECT
  $1,
  $2,
  s.record_key,
  'create',
  s.layout_no,
  s.captured_by
FROM pg_temp.stage_customer_to_left_1d19ac AS s
WHERE
  s.disposition = 'ask';

-- couple: couple the new rows
INSERT INTO sync.coupling (
  mapping_name,
  left_key,
  right_key,
  last_synced_at,
  pass_id,
  created_side
)
SELECT
  $1,
  s.target_key,
  s.record_key,
  CURRENT_TIMESTAMP,
  $2,
  'left'
FROM pg_temp.stage_customer_to_left_1d19ac AS s
WHERE
  s.disposition = 'insert';

-- touch: note on the couplings that their rows were written
UPDATE sync.coupling AS c SET last_synced_at = CURRENT_TIMESTAMP
FROM pg_temp.decision_customer_to_left_1d19ac AS d
  JOIN pg_temp.stage_customer_to_left_1d19ac AS s
    ON s.row_no = d.row_no
WHERE
  c.ctid = s.coupling_tid
  AND c.mapping_name IS NOT DISTINCT FROM $1
  AND c.right_key IS NOT DISTINCT FROM s.record_key
  AND CASE WHEN s.disposition = 'update' THEN TRUE END
  AND FALSE;

-- close conflicts: close conflicts of ended couples
UPDATE sync.conflict AS q SET resolved_at = CURRENT_TIMESTAMP, resolution = COALESCE(q.resolution, 'uncoupled')
FROM pg_temp.stage_customer_to_left_1d19ac AS s
WHERE
  q.mapping_name = $1
  AND q.right_key = s.record_key
  AND q.resolved_at IS NULL
  AND s.disposition IN ('gone', 'leave', 'revive');

-- release: retry what waited for a lost partner
UPDATE sync.parked AS p SET next_attempt_at = CURRENT_TIMESTAMP
FROM pg_temp.stage_customer_to_left_1d19ac AS s
WHERE
  p.mapping_name = $1
  AND p.side = $2
  AND p.record_key = s.target_key
  AND s.disposition IN ('gone', 'leave', 'revive');

-- revive: ask for lost rows to be created anew
INSERT INTO sync.outbox (
  mapping_name,
  side,
  record_key,
  operation,
  layout_no,
  hop,
  captured_by
)
SELECT
  $1,
  $2,
  s.target_key,
  'restore',
  1,
  s.hop,
  SESSION_USER
FROM pg_temp.stage_customer_to_left_1d19ac AS s
WHERE
  s.disposition = 'revive';

-- uncouple: drop the couplings of ended couples
DELETE FROM sync.coupling AS c USING   pg_temp.stage_customer_to_left_1d19ac AS s
WHERE
  c.mapping_name = $1
  AND c.right_key = s.record_key
  AND s.disposition IN ('gone', 'leave', 'revive')
  AND NOT c.is_skipped;

-- uncouple lines: and those of their lines, if they are headers
SELECT
  sync_private.uncouple_lines($1, ARRAY_AGG(s.target_key), ARRAY_AGG(s.record_key))
FROM pg_temp.stage_customer_to_left_1d19ac AS s
WHERE
  s.disposition IN ('gone', 'leave');

-- log errors: note the failed records
INSERT INTO sync.pass_error (
  pass_id,
  mapping_name,
  direction,
  record_key,
  target_key,
  message
)
SELECT
  $3,
  $1,
  $2,
  s.record_key,
  s.target_key,
  s.message
FROM pg_temp.stage_customer_to_left_1d19ac AS s
WHERE
  s.disposition IN ('fail', 'loop', 'deleted', 'missing');
