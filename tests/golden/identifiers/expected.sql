-- Odd "mapping" %s to_right

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
  INSERT INTO pg_temp.stage_odd_mapping_s_to_right_c59ebb AS s (
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
    c_3,
    v_4,
    c_4
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
    CAST(x.x_1 AS text),
    x.y_1,
    CAST(x.x_2 AS text),
    x.y_2,
    CAST(x.x_3 AS integer),
    x.y_3,
    CAST(x.x_4 AS text),
    x.y_4
  FROM entry AS e
  LEFT JOIN LATERAL (
    SELECT
      TRUE AS is_present,
      s."No.",
      s."100% name",
      s."select",
      s."ünïcödé and a name that is very nearly sixty-three bytes!"
    FROM "Odd % Schema"."Sales ""Header""$Line" AS s
    WHERE
      s."No." = CAST(e.record_key AS text) COLLATE "pg_catalog"."default"
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
      CAST(e.before[1] AS text) AS "No.",
      CAST(e.before[2] AS text) AS "100% name",
      CAST(e.before[3] AS integer) AS "select",
      CAST(e.before[4] AS text) AS "ünïcödé and a name that is very nearly sixty-three bytes!",
      1 AS is_base
  ) AS b
  CROSS JOIN LATERAL (
    SELECT
      COALESCE(s."100% name" LIKE '%a%', FALSE) AS in_filter,
      CASE
        WHEN e.before IS NOT NULL AND NOT $5
        THEN COALESCE(b."100% name" LIKE '%a%', FALSE)
        ELSE TRUE
      END AS was_in_filter,
      s.is_present
      AND (
        (
          (
            e.before IS NULL AND NOT e.operation IN ('retry', 'answer')
          )
          OR $5
          OR e.is_asked
          OR k.target_key IS NULL
        )
        OR NOT (
          CASE
            WHEN e.before IS NOT NULL AND NOT $5
            THEN COALESCE(b."100% name" LIKE '%a%', FALSE)
            ELSE TRUE
          END
        )
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
          b."No."
        )
        ELSE FALSE
      END AS y_1,
      v.x_2,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN s.is_present AND e.asked = 'answer'
        THEN TRUE
        WHEN f.has_base
        THEN CAST(v.x_2 AS text) COLLATE "C" IS DISTINCT FROM CAST((
          b."100% name" || ' %s $1 {x}'
        ) AS text) COLLATE "C"
        ELSE FALSE
      END AS y_2,
      v.x_3,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN s.is_present AND e.asked = 'answer'
        THEN TRUE
        WHEN f.has_base
        THEN CAST(v.x_3 AS text) COLLATE "C" IS DISTINCT FROM CAST((
          b."select" % 7
        ) AS text) COLLATE "C"
        ELSE FALSE
      END AS y_3,
      v.x_4,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN v.x_4 IS DISTINCT FROM (
          b."ünïcödé and a name that is very nearly sixty-three bytes!"
        )
        ELSE FALSE
      END AS y_4
    FROM (
      SELECT
        1 AS one,
        s."No." AS x_1,
        s."100% name" || ' %s $1 {x}' AS x_2,
        s."select" % 7 AS x_3,
        s."ünïcödé and a name that is very nearly sixty-three bytes!" AS x_4
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
        THEN CAST(nextval(CAST(pg_get_serial_sequence('"crm"."SalesOrder"', 'Id') AS regclass)) AS integer)
      END AS integer) AS k_1
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
            x.y_1
            OR x.y_2
            OR x.y_3
            OR x.y_4
            OR (
              e.operation = 'insert' AND NOT e.before IS NULL
            )
            OR e.is_retried
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

-- lock: hold the target rows that nobody else holds; compare field by field
INSERT INTO pg_temp.decision_odd_mapping_s_to_right_c59ebb (
  row_no,
  target_tid,
  image,
  d_1,
  d_2,
  d_3,
  d_4
)
SELECT
  s.row_no,
  t.target_tid,
  CAST(NULL AS TEXT[]),
  s.c_1 AND t."No" IS DISTINCT FROM s.v_1,
  (
    s.c_2
    OR s.operation = 'insert'
    AND NOT s.before IS NULL
    AND NULLIF(CAST(t."Name" AS text), '') IS NULL
    AND NOT (
      NULLIF(CAST(s.v_2 AS text), '') IS NULL
    )
  )
  AND t."Name" IS DISTINCT FROM s.v_2,
  (
    s.c_3
    OR s.operation = 'insert'
    AND NOT s.before IS NULL
    AND NULLIF(CAST(t."Order" AS text), '') IS NULL
    AND NOT (
      NULLIF(CAST(s.v_3 AS text), '') IS NULL
    )
  )
  AND t."Order" IS DISTINCT FROM s.v_3,
  s.c_4 AND t."Rest" IS DISTINCT FROM s.v_4
FROM pg_temp.stage_odd_mapping_s_to_right_c59ebb AS s
CROSS JOIN LATERAL (
  SELECT
    t.ctid AS target_tid,
    t."Id",
    t."No",
    t."Name",
    t."Order",
    t."Rest"
  FROM "crm"."SalesOrder" AS t
  WHERE
    t."Id" = CAST(s.target_key AS integer)   FOR NO KEY UPDATE SKIP LOCKED
) AS t
WHERE
  s.disposition IN ('update', 'gone')
  AND NOT s.target_key IN (
    SELECT
      o.record_key
    FROM sync.outbox AS o
    WHERE
      o.mapping_name = 'Odd "mapping" %s' AND o.side = 'right' AND NOT o.new_key IS NULL
  );

-- detect: look for fields the other side changed too, and for open conflicts
INSERT INTO pg_temp.clash_odd_mapping_s_to_right_c59ebb (
  row_no,
  collided,
  differing,
  opened,
  won,
  lost,
  source_is_newer,
  target_before,
  target_layout
)
SELECT
  d.row_no,
  x.collided,
  array_remove(
    CAST(ARRAY[
      CASE WHEN t."No" IS DISTINCT FROM s.v_1 THEN 1 END,
      CASE WHEN t."Rest" IS DISTINCT FROM s.v_4 THEN 4 END
    ] AS int[]),
    NULL
  ),
  CASE WHEN s.is_forced THEN CAST('{}' AS INT[]) ELSE q.opened END,
  CASE WHEN s.is_forced THEN q.known ELSE q.won END,
  CASE WHEN s.is_forced THEN CAST('{}' AS INT[]) ELSE q.lost END,
  COALESCE(s.modified_at >= w.captured_at, TRUE),
  w.before,
  w.layout_no
FROM pg_temp.decision_odd_mapping_s_to_right_c59ebb AS d
  JOIN pg_temp.stage_odd_mapping_s_to_right_c59ebb AS s
    ON s.row_no = d.row_no
CROSS JOIN LATERAL (
  SELECT
    t."Id",
    t."No",
    t."Name",
    t."Order",
    t."Rest"
  FROM "crm"."SalesOrder" AS t
  WHERE
    t.ctid = d.target_tid
  OFFSET 0
) AS t
LEFT JOIN LATERAL (
  SELECT
    z.before,
    z.layout_no,
    z.operation,
    z.captured_at AS captured_at
  FROM (
    SELECT
      o.before,
      o.layout_no,
      o.operation,
      o.captured_at,
      o.entry_id
    FROM sync.outbox AS o
    WHERE
      o.mapping_name = $1 AND o.side = $2 AND o.record_key = s.target_key
    UNION ALL
    SELECT
      p.before,
      p.layout_no,
      p.operation,
      p.captured_at,
      p.entry_id
    FROM sync.parked AS p
    WHERE
      $3 AND p.mapping_name = $1 AND p.side = $2 AND p.record_key = s.target_key
  ) AS z
  ORDER BY
    z.operation IN ('retry', 'answer') AND z.before IS NULL,
    z.entry_id
  LIMIT 1
) AS w
  ON TRUE
CROSS JOIN LATERAL (
  SELECT
    ARRAY_AGG(c.field_no) AS known,
    COALESCE(ARRAY_AGG(c.field_no) FILTER(WHERE
      c.resolution IS NULL), '{}') AS opened,
    COALESCE(ARRAY_AGG(c.field_no) FILTER(WHERE
      c.resolution = 'left'), '{}') AS won,
    COALESCE(ARRAY_AGG(c.field_no) FILTER(WHERE
      c.resolution = 'right'), '{}') AS lost
  FROM sync.conflict AS c
  WHERE
    $4 AND c.mapping_name = $1 AND c.resolved_at IS NULL AND c.left_key = s.record_key
) AS q
CROSS JOIN LATERAL (
  SELECT
    CASE
      WHEN s.is_forced
      THEN CAST('{}' AS INT[])
      ELSE array_remove(
        CAST(ARRAY[
          CASE
            WHEN d.d_1
            AND (
              CASE
                WHEN w.operation IS NULL
                OR (
                  w.operation IN ('retry', 'answer') AND w.before IS NULL
                )
                THEN FALSE
                WHEN w.before IS NULL
                THEN TRUE
                WHEN w.layout_no = 1
                THEN t."No" IS DISTINCT FROM CAST(w.before[2] AS text)
                ELSE FALSE
              END
              OR 1 = ANY(
                q.opened
              )
            )
            THEN 1
          END,
          CASE
            WHEN d.d_4
            AND (
              CASE
                WHEN w.operation IS NULL
                OR (
                  w.operation IN ('retry', 'answer') AND w.before IS NULL
                )
                THEN FALSE
                WHEN w.before IS NULL
                THEN TRUE
                WHEN w.layout_no = 1
                THEN t."Rest" IS DISTINCT FROM CAST(w.before[3] AS text)
                ELSE FALSE
              END
              OR 4 = ANY(
                q.opened
              )
            )
            THEN 4
          END
        ] AS int[]),
        NULL
      )
    END AS collided
  OFFSET 0
) AS x
WHERE
  CASE WHEN s.disposition = 'update' THEN TRUE END
  AND (
    CARDINALITY(x.collided) > 0 OR NOT q.known IS NULL
  );

-- record: keep both values of each conflict
INSERT INTO sync.conflict (
  mapping_name,
  left_key,
  right_key,
  field_no,
  left_column,
  right_column,
  left_value,
  right_value,
  base_value,
  policy,
  resolution,
  resolved_at,
  pass_id
)
SELECT
  $1,
  s.record_key,
  s.target_key,
  v.field_no,
  v.left_column,
  v.right_column,
  v.source_value,
  v.target_value,
  v.base_value,
  v.policy,
  CASE WHEN v.policy = 'fail' THEN NULL WHEN v.loses THEN 'right' ELSE 'left' END,
  CASE WHEN v.policy <> 'fail' THEN CURRENT_TIMESTAMP END,
  $2
FROM pg_temp.clash_odd_mapping_s_to_right_c59ebb AS c
  JOIN pg_temp.stage_odd_mapping_s_to_right_c59ebb AS s
    ON s.row_no = c.row_no
CROSS JOIN LATERAL (
  SELECT
    t."Id",
    t."No",
    t."Name",
    t."Order",
    t."Rest"
  FROM "crm"."SalesOrder" AS t
  WHERE
    t."Id" = CAST(s.target_key AS integer)
  OFFSET 0
) AS t
CROSS JOIN LATERAL (
  VALUES
    (
      1,
      'No.',
      'No',
      CAST(CAST(s.v_1 AS text) AS text),
      CAST(t."No" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[2] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    ),
    (
      4,
      'ünïcödé and a name that is very nearly sixty-three bytes!',
      'Rest',
      CAST(CAST(s.v_4 AS text) AS text),
      CAST(t."Rest" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[3] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    )
) AS v(field_no, left_column, right_column, source_value, target_value, base_value, policy, loses)
WHERE
  v.field_no = ANY(
    c.collided
  )
  OR (
    v.field_no = ANY(
      c.won
    ) AND v.field_no = ANY(
      c.differing
    )
  ) ON CONFLICT(mapping_name, left_key, field_no)
WHERE
  resolved_at IS NULL DO UPDATE SET left_value = excluded.left_value, right_value = excluded.right_value
RETURNING xmax = 0;

-- settle: apply the conflict policy to what is written
UPDATE pg_temp.decision_odd_mapping_s_to_right_c59ebb AS d SET d_1 = CASE
  WHEN 1 = ANY(
    c.won
  )
  THEN 1 = ANY(
    c.differing
  )
  WHEN (
    1 = ANY(
      c.lost
    ) OR 1 = ANY(
      c.collided
    ) AND TRUE
  )
  THEN FALSE
  ELSE d.d_1
END, d_4 = CASE
  WHEN 4 = ANY(
    c.won
  )
  THEN 4 = ANY(
    c.differing
  )
  WHEN (
    4 = ANY(
      c.lost
    ) OR 4 = ANY(
      c.collided
    ) AND TRUE
  )
  THEN FALSE
  ELSE d.d_4
END
FROM pg_temp.clash_odd_mapping_s_to_right_c59ebb AS c
WHERE
  c.row_no = d.row_no;

-- update: write the changed fields of one hop count; SET names the fields that changed
UPDATE "crm"."SalesOrder" AS t SET "No" = CASE WHEN d.d_1 THEN s.v_1 ELSE t."No" END, "Name" = CASE WHEN d.d_2 THEN s.v_2 ELSE t."Name" END, "Order" = CASE WHEN d.d_3 THEN s.v_3 ELSE t."Order" END, "Rest" = CASE WHEN d.d_4 THEN s.v_4 ELSE t."Rest" END
FROM pg_temp.decision_odd_mapping_s_to_right_c59ebb AS d
  JOIN pg_temp.stage_odd_mapping_s_to_right_c59ebb AS s
    ON s.row_no = d.row_no
WHERE
  t.ctid = d.target_tid
  AND (
    d.d_1 OR d.d_2 OR d.d_3 OR d.d_4
  )
  AND CASE WHEN s.disposition = 'update' THEN s.hop = $1 END;

-- rebase outbox: put what was just written into the base of the target's own waiting changes
UPDATE sync.outbox AS o SET before = CASE
  WHEN o.layout_no = 1
  THEN CAST(ARRAY[
    o.before[1],
    CASE WHEN d.d_1 THEN CAST(CAST(s.v_1 AS text) AS text) ELSE o.before[2] END,
    CASE WHEN d.d_4 THEN CAST(CAST(s.v_4 AS text) AS text) ELSE o.before[3] END
  ] AS text[])
  ELSE o.before
END
FROM pg_temp.decision_odd_mapping_s_to_right_c59ebb AS d
  JOIN pg_temp.stage_odd_mapping_s_to_right_c59ebb AS s
    ON s.row_no = d.row_no
  CROSS JOIN LATERAL (
    SELECT
      w.ctid AS position
    FROM sync.outbox AS w
    WHERE
      (
        w.mapping_name = $1 AND w.side = $2 AND w.record_key = s.target_key
      )
      AND NOT (
        w.before IS NULL
      )
    OFFSET 0
  ) AS w
WHERE
  o.ctid = w.position AND (
    d.d_1 OR d.d_4
  );

-- insert: create the new target rows of one hop count
INSERT INTO "crm"."SalesOrder" AS t (
  "No",
  "Name",
  "Order",
  "Rest",
  "Id"
)
SELECT
  s.v_1,
  s.v_2,
  s.v_3,
  s.v_4,
  s.k_1
FROM pg_temp.stage_odd_mapping_s_to_right_c59ebb AS s
WHERE
  s.disposition = 'insert' AND s.hop = $1
ORDER BY
  s.row_no;

-- Odd "mapping" %s to_left

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
  INSERT INTO pg_temp.stage_odd_mapping_s_to_left_027f8f AS s (
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
    v_4,
    c_4,
    o_2,
    o_3
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
    CAST(x.x_1 AS text),
    x.y_1,
    CAST(x.x_4 AS text),
    x.y_4,
    d.disposition = 'insert' AND NULLIF(CAST(s."Name" AS text), '') IS NULL,
    d.disposition = 'insert' AND NULLIF(CAST(s."Order" AS text), '') IS NULL
  FROM entry AS e
  LEFT JOIN LATERAL (
    SELECT
      TRUE AS is_present,
      s."Id",
      s."No",
      s."Name",
      s."Order",
      s."Rest"
    FROM "crm"."SalesOrder" AS s
    WHERE
      s."Id" = CAST(e.record_key AS integer)
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
      CAST(e.before[1] AS integer) AS "Id",
      CAST(e.before[2] AS text) AS "No",
      s."Name" AS "Name",
      s."Order" AS "Order",
      CAST(e.before[3] AS text) AS "Rest",
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
          b."No"
        )
        ELSE FALSE
      END AS y_1,
      v.x_4,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN v.x_4 IS DISTINCT FROM (
          b."Rest"
        )
        ELSE FALSE
      END AS y_4
    FROM (
      SELECT
        1 AS one,
        s."No" AS x_1,
        s."Rest" AS x_4
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
        THEN CAST(x.x_1 AS text)
      END AS text) AS k_1
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
            x.y_1 OR x.y_4 OR e.is_retried
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

-- lock: hold the target rows that nobody else holds; compare field by field
INSERT INTO pg_temp.decision_odd_mapping_s_to_left_027f8f (
  row_no,
  target_tid,
  image,
  d_1,
  d_4
)
SELECT
  s.row_no,
  t.target_tid,
  CAST(NULL AS TEXT[]),
  s.c_1 AND t."No." IS DISTINCT FROM s.v_1,
  s.c_4
  AND t."ünïcödé and a name that is very nearly sixty-three bytes!" IS DISTINCT FROM s.v_4
FROM pg_temp.stage_odd_mapping_s_to_left_027f8f AS s
CROSS JOIN LATERAL (
  SELECT
    t.ctid AS target_tid,
    t."No.",
    t."ünïcödé and a name that is very nearly sixty-three bytes!"
  FROM "Odd % Schema"."Sales ""Header""$Line" AS t
  WHERE
    t."No." = CAST(s.target_key AS text) COLLATE "pg_catalog"."default"   FOR UPDATE SKIP LOCKED
) AS t
WHERE
  s.disposition IN ('update', 'gone')
  AND NOT s.target_key IN (
    SELECT
      o.record_key
    FROM sync.outbox AS o
    WHERE
      o.mapping_name = 'Odd "mapping" %s' AND o.side = 'left' AND NOT o.new_key IS NULL
  );

-- detect: look for fields the other side changed too, and for open conflicts
INSERT INTO pg_temp.clash_odd_mapping_s_to_left_027f8f (
  row_no,
  collided,
  differing,
  opened,
  won,
  lost,
  source_is_newer,
  target_before,
  target_layout
)
SELECT
  d.row_no,
  x.collided,
  array_remove(
    CAST(ARRAY[
      CASE WHEN t."No." IS DISTINCT FROM s.v_1 THEN 1 END,
      CASE
        WHEN t."ünïcödé and a name that is very nearly sixty-three bytes!" IS DISTINCT FROM s.v_4
        THEN 4
      END
    ] AS int[]),
    NULL
  ),
  CASE WHEN s.is_forced THEN CAST('{}' AS INT[]) ELSE q.opened END,
  CASE WHEN s.is_forced THEN q.known ELSE q.won END,
  CASE WHEN s.is_forced THEN CAST('{}' AS INT[]) ELSE q.lost END,
  COALESCE(s.modified_at >= w.captured_at, TRUE),
  w.before,
  w.layout_no
FROM pg_temp.decision_odd_mapping_s_to_left_027f8f AS d
  JOIN pg_temp.stage_odd_mapping_s_to_left_027f8f AS s
    ON s.row_no = d.row_no
CROSS JOIN LATERAL (
  SELECT
    t."No.",
    t."100% name",
    t."select",
    t."ünïcödé and a name that is very nearly sixty-three bytes!"
  FROM "Odd % Schema"."Sales ""Header""$Line" AS t
  WHERE
    t.ctid = d.target_tid
  OFFSET 0
) AS t
LEFT JOIN LATERAL (
  SELECT
    z.before,
    z.layout_no,
    z.operation,
    z.captured_at AS captured_at
  FROM (
    SELECT
      o.before,
      o.layout_no,
      o.operation,
      o.captured_at,
      o.entry_id
    FROM sync.outbox AS o
    WHERE
      o.mapping_name = $1 AND o.side = $2 AND o.record_key = s.target_key
    UNION ALL
    SELECT
      p.before,
      p.layout_no,
      p.operation,
      p.captured_at,
      p.entry_id
    FROM sync.parked AS p
    WHERE
      $3 AND p.mapping_name = $1 AND p.side = $2 AND p.record_key = s.target_key
  ) AS z
  ORDER BY
    z.operation IN ('retry', 'answer') AND z.before IS NULL,
    z.entry_id
  LIMIT 1
) AS w
  ON TRUE
CROSS JOIN LATERAL (
  SELECT
    ARRAY_AGG(c.field_no) AS known,
    COALESCE(ARRAY_AGG(c.field_no) FILTER(WHERE
      c.resolution IS NULL), '{}') AS opened,
    COALESCE(ARRAY_AGG(c.field_no) FILTER(WHERE
      c.resolution = 'right'), '{}') AS won,
    COALESCE(ARRAY_AGG(c.field_no) FILTER(WHERE
      c.resolution = 'left'), '{}') AS lost
  FROM sync.conflict AS c
  WHERE
    $4 AND c.mapping_name = $1 AND c.resolved_at IS NULL AND c.right_key = s.record_key
) AS q
CROSS JOIN LATERAL (
  SELECT
    CASE
      WHEN s.is_forced
      THEN CAST('{}' AS INT[])
      ELSE array_remove(
        CAST(ARRAY[
          CASE
            WHEN d.d_1
            AND (
              CASE
                WHEN w.operation IS NULL
                OR (
                  w.operation IN ('retry', 'answer') AND w.before IS NULL
                )
                THEN FALSE
                WHEN w.before IS NULL
                THEN TRUE
                WHEN w.layout_no = 1
                THEN t."No." IS DISTINCT FROM CAST(w.before[1] AS text)
                ELSE FALSE
              END
              OR 1 = ANY(
                q.opened
              )
            )
            THEN 1
          END,
          CASE
            WHEN d.d_4
            AND (
              CASE
                WHEN w.operation IS NULL
                OR (
                  w.operation IN ('retry', 'answer') AND w.before IS NULL
                )
                THEN FALSE
                WHEN w.before IS NULL
                THEN TRUE
                WHEN w.layout_no = 1
                THEN t."ünïcödé and a name that is very nearly sixty-three bytes!" IS DISTINCT FROM CAST(w.before[4] AS text)
                ELSE FALSE
              END
              OR 4 = ANY(
                q.opened
              )
            )
            THEN 4
          END
        ] AS int[]),
        NULL
      )
    END AS collided
  OFFSET 0
) AS x
WHERE
  CASE WHEN s.disposition = 'update' THEN TRUE END
  AND (
    CARDINALITY(x.collided) > 0 OR NOT q.known IS NULL
  );

-- record: keep both values of each conflict
INSERT INTO sync.conflict (
  mapping_name,
  left_key,
  right_key,
  field_no,
  left_column,
  right_column,
  left_value,
  right_value,
  base_value,
  policy,
  resolution,
  resolved_at,
  pass_id
)
SELECT
  $1,
  s.target_key,
  s.record_key,
  v.field_no,
  v.left_column,
  v.right_column,
  v.target_value,
  v.source_value,
  v.base_value,
  v.policy,
  CASE WHEN v.policy = 'fail' THEN NULL WHEN v.loses THEN 'left' ELSE 'right' END,
  CASE WHEN v.policy <> 'fail' THEN CURRENT_TIMESTAMP END,
  $2
FROM pg_temp.clash_odd_mapping_s_to_left_027f8f AS c
  JOIN pg_temp.stage_odd_mapping_s_to_left_027f8f AS s
    ON s.row_no = c.row_no
CROSS JOIN LATERAL (
  SELECT
    t."No.",
    t."100% name",
    t."select",
    t."ünïcödé and a name that is very nearly sixty-three bytes!"
  FROM "Odd % Schema"."Sales ""Header""$Line" AS t
  WHERE
    t."No." = CAST(s.target_key AS text) COLLATE "pg_catalog"."default"
  OFFSET 0
) AS t
CROSS JOIN LATERAL (
  VALUES
    (
      1,
      'No.',
      'No',
      CAST(CAST(s.v_1 AS text) AS text),
      CAST(t."No." AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[1] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    ),
    (
      4,
      'ünïcödé and a name that is very nearly sixty-three bytes!',
      'Rest',
      CAST(CAST(s.v_4 AS text) AS text),
      CAST(t."ünïcödé and a name that is very nearly sixty-three bytes!" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[4] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    )
) AS v(field_no, left_column, right_column, source_value, target_value, base_value, policy, loses)
WHERE
  v.field_no = ANY(
    c.collided
  )
  OR (
    v.field_no = ANY(
      c.won
    ) AND v.field_no = ANY(
      c.differing
    )
  ) ON CONFLICT(mapping_name, left_key, field_no)
WHERE
  resolved_at IS NULL DO UPDATE SET left_value = excluded.left_value, right_value = excluded.right_value
RETURNING xmax = 0;

-- settle: apply the conflict policy to what is written
UPDATE pg_temp.decision_odd_mapping_s_to_left_027f8f AS d SET d_1 = CASE
  WHEN 1 = ANY(
    c.won
  )
  THEN 1 = ANY(
    c.differing
  )
  WHEN (
    1 = ANY(
      c.lost
    ) OR 1 = ANY(
      c.collided
    ) AND TRUE
  )
  THEN FALSE
  ELSE d.d_1
END, d_4 = CASE
  WHEN 4 = ANY(
    c.won
  )
  THEN 4 = ANY(
    c.differing
  )
  WHEN (
    4 = ANY(
      c.lost
    ) OR 4 = ANY(
      c.collided
    ) AND TRUE
  )
  THEN FALSE
  ELSE d.d_4
END
FROM pg_temp.clash_odd_mapping_s_to_left_027f8f AS c
WHERE
  c.row_no = d.row_no;

-- update: write the changed fields of one hop count; SET names the fields that changed
UPDATE "Odd % Schema"."Sales ""Header""$Line" AS t SET "No." = CASE WHEN d.d_1 THEN s.v_1 ELSE t."No." END, "ünïcödé and a name that is very nearly sixty-three bytes!" = CASE
  WHEN d.d_4
  THEN s.v_4
  ELSE t."ünïcödé and a name that is very nearly sixty-three bytes!"
END
FROM pg_temp.decision_odd_mapping_s_to_left_027f8f AS d
  JOIN pg_temp.stage_odd_mapping_s_to_left_027f8f AS s
    ON s.row_no = d.row_no
WHERE
  t.ctid = d.target_tid
  AND (
    d.d_1 OR d.d_4
  )
  AND CASE WHEN s.disposition = 'update' THEN s.hop = $1 END;

-- rebase outbox: put what was just written into the base of the target's own waiting changes
UPDATE sync.outbox AS o SET before = CASE
  WHEN o.layout_no = 1
  THEN CAST(ARRAY[
    CASE WHEN d.d_1 THEN CAST(CAST(s.v_1 AS text) AS text) ELSE o.before[1] END,
    o.before[2],
    o.before[3],
    CASE WHEN d.d_4 THEN CAST(CAST(s.v_4 AS text) AS text) ELSE o.before[4] END
  ] AS text[])
  ELSE o.before
END
FROM pg_temp.decision_odd_mapping_s_to_left_027f8f AS d
  JOIN pg_temp.stage_odd_mapping_s_to_left_027f8f AS s
    ON s.row_no = d.row_no
  CROSS JOIN LATERAL (
    SELECT
      w.ctid AS position
    FROM sync.outbox AS w
    WHERE
      (
        w.mapping_name = $1 AND w.side = $2 AND w.record_key = s.target_key
      )
      AND NOT (
        w.before IS NULL
      )
    OFFSET 0
  ) AS w
WHERE
  o.ctid = w.position AND (
    d.d_1 OR d.d_4
  );

-- insert: create the new target rows of one hop count
WITH w AS (
  INSERT INTO "Odd % Schema"."Sales ""Header""$Line" AS t (
    "No.",
    "ünïcödé and a name that is very nearly sixty-three bytes!"
  )
  SELECT
    s.k_1,
    s.v_4
  FROM pg_temp.stage_odd_mapping_s_to_left_027f8f AS s
  WHERE
    s.disposition = 'insert' AND s.hop = $1
  ORDER BY
    s.row_no
  RETURNING CAST(t."No." AS text) AS target_key, CAST(ARRAY[
    CAST(t."No." AS text),
    CAST(t."100% name" AS text),
    CAST(t."select" AS text),
    CAST(t."ünïcödé and a name that is very nearly sixty-three bytes!" AS text)
  ] AS text[]) AS written, NOT (
    NULLIF(CAST(t."100% name" AS text), '') IS NULL
  ) AS a_2, NOT (
    NULLIF(CAST(t."select" AS text), '') IS NULL
  ) AS a_3
), noted AS (
  INSERT INTO sync.outbox (
    mapping_name,
    side,
    record_key,
    operation,
    layout_no,
    before,
    hop,
    captured_by
  )
  SELECT
    'Odd "mapping" %s',
    'left',
    s.target_key,
    'insert',
    1,
    w.written,
    CAST(s.hop + 1 AS SMALLINT),
    SESSION_USER
  FROM w
  JOIN pg_temp.stage_odd_mapping_s_to_left_027f8f AS s
    ON s.target_key = w.target_key AND s.disposition = 'insert'
  WHERE
    (
      s.o_2 AND w.a_2 OR s.o_3 AND w.a_3
    )
  RETURNING 1
)
SELECT
  (
    SELECT
      COUNT(*)
    FROM w
  ) AS records,
  (
    SELECT
      COUNT(*)
    FROM noted
  ) AS noted;
