-- THING to_right

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
  INSERT INTO pg_temp.stage_thing_to_right_ef799f AS s (
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
    c_4,
    v_5,
    c_5,
    v_6,
    c_6,
    v_7,
    c_7,
    v_8,
    c_8,
    v_9,
    c_9,
    v_10,
    c_10,
    v_11,
    c_11,
    v_12,
    c_12,
    v_13,
    c_13,
    v_20,
    c_20
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
    CAST(x.x_1 AS integer),
    x.y_1,
    CAST(x.x_2 AS numeric(18,2)),
    x.y_2,
    CAST(x.x_3 AS timestamp with time zone),
    x.y_3,
    CAST(x.x_4 AS date),
    x.y_4,
    CAST(x.x_5 AS bytea),
    x.y_5,
    CAST(x.x_6 AS jsonb),
    x.y_6,
    CAST(x.x_7 AS json),
    x.y_7,
    CAST(x.x_8 AS text[]),
    x.y_8,
    CAST(x.x_9 AS text),
    x.y_9,
    CAST(x.x_10 AS double precision),
    x.y_10,
    CAST(x.x_11 AS interval),
    x.y_11,
    CAST(x.x_12 AS boolean),
    x.y_12,
    CAST(x.x_13 AS numeric),
    x.y_13,
    CAST(x.x_20 AS integer),
    x.y_20
  FROM entry AS e
  LEFT JOIN LATERAL (
    SELECT
      TRUE AS is_present,
      s."id",
      s."amount",
      s."at",
      s."day",
      s."raw",
      s."doc",
      s."txt",
      s."tags",
      s."feel",
      s."ratio",
      s."span",
      s."flag",
      s."doubled"
    FROM "a"."thing" AS s
    WHERE
      s."id" = CAST(e.record_key AS integer)
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
      CAST(e.before[1] AS integer) AS "id",
      CAST(e.before[2] AS numeric) AS "amount",
      CAST(e.before[3] AS timestamp with time zone) AS "at",
      CAST(e.before[4] AS date) AS "day",
      CAST(e.before[5] AS bytea) AS "raw",
      CAST(e.before[6] AS jsonb) AS "doc",
      CAST(e.before[7] AS json) AS "txt",
      CAST(e.before[8] AS text[]) AS "tags",
      CAST(e.before[9] AS a.mood) AS "feel",
      CAST(e.before[10] AS double precision) AS "ratio",
      CAST(e.before[11] AS interval) AS "span",
      CAST(e.before[12] AS boolean) AS "flag",
      CAST(e.before[13] AS numeric) AS "doubled",
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
          b."id"
        )
        ELSE FALSE
      END AS y_1,
      v.x_2,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN v.x_2 IS DISTINCT FROM (
          b."amount"
        )
        ELSE FALSE
      END AS y_2,
      v.x_3,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN v.x_3 IS DISTINCT FROM (
          b."at"
        )
        ELSE FALSE
      END AS y_3,
      v.x_4,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN v.x_4 IS DISTINCT FROM (
          b."day"
        )
        ELSE FALSE
      END AS y_4,
      v.x_5,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN v.x_5 IS DISTINCT FROM (
          b."raw"
        )
        ELSE FALSE
      END AS y_5,
      v.x_6,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN v.x_6 IS DISTINCT FROM (
          b."doc"
        )
        ELSE FALSE
      END AS y_6,
      v.x_7,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN CAST(v.x_7 AS text) COLLATE "C" IS DISTINCT FROM CAST((
          b."txt"
        ) AS text) COLLATE "C"
        ELSE FALSE
      END AS y_7,
      v.x_8,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN v.x_8 IS DISTINCT FROM (
          b."tags"
        )
        ELSE FALSE
      END AS y_8,
      v.x_9,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN s.is_present AND e.asked = 'answer'
        THEN TRUE
        WHEN f.has_base
        THEN v.x_9 IS DISTINCT FROM (
          b."feel"
        )
        ELSE FALSE
      END AS y_9,
      v.x_10,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN v.x_10 IS DISTINCT FROM (
          b."ratio"
        )
        ELSE FALSE
      END AS y_10,
      v.x_11,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN v.x_11 IS DISTINCT FROM (
          b."span"
        )
        ELSE FALSE
      END AS y_11,
      v.x_12,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN v.x_12 IS DISTINCT FROM (
          b."flag"
        )
        ELSE FALSE
      END AS y_12,
      v.x_13,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN s.is_present AND e.asked = 'answer'
        THEN TRUE
        WHEN f.has_base
        THEN v.x_13 IS DISTINCT FROM (
          b."doubled"
        )
        ELSE FALSE
      END AS y_13,
      v.x_20,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN s.is_present AND e.asked = 'answer'
        THEN TRUE
        WHEN f.has_base
        THEN CAST(v.x_20 AS text) COLLATE "C" IS DISTINCT FROM CAST((
          b."id" * 10
        ) AS text) COLLATE "C"
        ELSE FALSE
      END AS y_20
    FROM (
      SELECT
        1 AS one,
        s."id" AS x_1,
        s."amount" AS x_2,
        s."at" AS x_3,
        s."day" AS x_4,
        s."raw" AS x_5,
        s."doc" AS x_6,
        s."txt" AS x_7,
        s."tags" AS x_8,
        s."feel" AS x_9,
        s."ratio" AS x_10,
        s."span" AS x_11,
        s."flag" AS x_12,
        s."doubled" AS x_13,
        s."id" * 10 AS x_20
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
        THEN CAST(x.x_1 AS integer)
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
            OR x.y_5
            OR x.y_6
            OR x.y_7
            OR x.y_8
            OR x.y_9
            OR x.y_10
            OR x.y_11
            OR x.y_12
            OR x.y_13
            OR x.y_20
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
INSERT INTO pg_temp.decision_thing_to_right_ef799f (
  row_no,
  target_tid,
  image,
  d_1,
  d_2,
  d_3,
  d_4,
  d_5,
  d_6,
  d_7,
  d_8,
  d_9,
  d_10,
  d_11,
  d_12,
  d_13,
  d_20,
  e_2
)
SELECT
  s.row_no,
  t.target_tid,
  CAST(NULL AS TEXT[]),
  s.c_1 AND t."id" IS DISTINCT FROM s.v_1,
  s.c_2 AND t."amount" IS DISTINCT FROM s.v_2,
  s.c_3 AND t."at" IS DISTINCT FROM s.v_3,
  s.c_4 AND t."day" IS DISTINCT FROM s.v_4,
  s.c_5 AND t."raw" IS DISTINCT FROM s.v_5,
  s.c_6 AND t."doc" IS DISTINCT FROM s.v_6,
  s.c_7
  AND CAST(t."txt" AS text) COLLATE "C" IS DISTINCT FROM CAST(s.v_7 AS text) COLLATE "C",
  s.c_8 AND t."tags" IS DISTINCT FROM s.v_8,
  (
    s.c_9
    OR s.operation = 'insert'
    AND NOT s.before IS NULL
    AND NULLIF(CAST(t."feel" AS text), '') IS NULL
    AND NOT (
      NULLIF(CAST(s.v_9 AS text), '') IS NULL
    )
  )
  AND t."feel" IS DISTINCT FROM s.v_9,
  s.c_10 AND t."ratio" IS DISTINCT FROM s.v_10,
  s.c_11 AND t."span" IS DISTINCT FROM s.v_11,
  s.c_12 AND t."flag" IS DISTINCT FROM s.v_12,
  (
    s.c_13
    OR s.operation = 'insert'
    AND NOT s.before IS NULL
    AND NULLIF(CAST(t."doubled" AS text), '') IS NULL
    AND NOT (
      NULLIF(CAST(s.v_13 AS text), '') IS NULL
    )
  )
  AND t."doubled" IS DISTINCT FROM s.v_13,
  (
    s.c_20
    OR s.operation = 'insert'
    AND NOT s.before IS NULL
    AND NULLIF(CAST(t."number" AS text), '') IS NULL
    AND NOT (
      NULLIF(CAST(s.v_20 AS text), '') IS NULL
    )
  )
  AND t."number" IS DISTINCT FROM s.v_20,
  s.c_2 AND NOT (
    t."amount" IS DISTINCT FROM s.v_2
  )
FROM pg_temp.stage_thing_to_right_ef799f AS s
CROSS JOIN LATERAL (
  SELECT
    t.ctid AS target_tid,
    t."id",
    t."amount",
    t."at",
    t."day",
    t."raw",
    t."doc",
    t."txt",
    t."tags",
    t."feel",
    t."ratio",
    t."span",
    t."flag",
    t."number",
    t."doubled"
  FROM "b"."thing" AS t
  WHERE
    t."id" = CAST(s.target_key AS integer)   FOR UPDATE SKIP LOCKED
) AS t
WHERE
  s.disposition IN ('update', 'gone')
  AND NOT s.target_key IN (
    SELECT
      o.record_key
    FROM sync.outbox AS o
    WHERE
      o.mapping_name = 'THING' AND o.side = 'right' AND NOT o.new_key IS NULL
  );

-- detect: look for fields the other side changed too, and for open conflicts
INSERT INTO pg_temp.clash_thing_to_right_ef799f (
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
      CASE WHEN t."id" IS DISTINCT FROM s.v_1 THEN 1 END,
      CASE WHEN t."amount" IS DISTINCT FROM s.v_2 THEN 2 END,
      CASE WHEN t."at" IS DISTINCT FROM s.v_3 THEN 3 END,
      CASE WHEN t."day" IS DISTINCT FROM s.v_4 THEN 4 END,
      CASE WHEN t."raw" IS DISTINCT FROM s.v_5 THEN 5 END,
      CASE WHEN t."doc" IS DISTINCT FROM s.v_6 THEN 6 END,
      CASE
        WHEN CAST(t."txt" AS text) COLLATE "C" IS DISTINCT FROM CAST(s.v_7 AS text) COLLATE "C"
        THEN 7
      END,
      CASE WHEN t."tags" IS DISTINCT FROM s.v_8 THEN 8 END,
      CASE WHEN t."ratio" IS DISTINCT FROM s.v_10 THEN 10 END,
      CASE WHEN t."span" IS DISTINCT FROM s.v_11 THEN 11 END,
      CASE WHEN t."flag" IS DISTINCT FROM s.v_12 THEN 12 END
    ] AS int[]),
    NULL
  ),
  CASE WHEN s.is_forced THEN CAST('{}' AS INT[]) ELSE q.opened END,
  CASE WHEN s.is_forced THEN q.known ELSE q.won END,
  CASE WHEN s.is_forced THEN CAST('{}' AS INT[]) ELSE q.lost END,
  COALESCE(s.modified_at >= w.captured_at, TRUE),
  w.before,
  w.layout_no
FROM pg_temp.decision_thing_to_right_ef799f AS d
  JOIN pg_temp.stage_thing_to_right_ef799f AS s
    ON s.row_no = d.row_no
CROSS JOIN LATERAL (
  SELECT
    t."id",
    t."amount",
    t."at",
    t."day",
    t."raw",
    t."doc",
    t."txt",
    t."tags",
    t."feel",
    t."ratio",
    t."span",
    t."flag",
    t."number",
    t."doubled"
  FROM "b"."thing" AS t
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
                THEN t."id" IS DISTINCT FROM CAST(w.before[1] AS integer)
                ELSE FALSE
              END
              OR 1 = ANY(
                q.opened
              )
            )
            THEN 1
          END,
          CASE
            WHEN d.d_2
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
                THEN t."amount" IS DISTINCT FROM CAST(w.before[2] AS numeric)
                ELSE FALSE
              END
              OR 2 = ANY(
                q.opened
              )
            )
            THEN 2
          END,
          CASE
            WHEN d.d_3
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
                THEN t."at" IS DISTINCT FROM CAST(w.before[3] AS timestamp with time zone)
                ELSE FALSE
              END
              OR 3 = ANY(
                q.opened
              )
            )
            THEN 3
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
                THEN t."day" IS DISTINCT FROM CAST(w.before[4] AS date)
                ELSE FALSE
              END
              OR 4 = ANY(
                q.opened
              )
            )
            THEN 4
          END,
          CASE
            WHEN d.d_5
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
                THEN t."raw" IS DISTINCT FROM CAST(w.before[5] AS bytea)
                ELSE FALSE
              END
              OR 5 = ANY(
                q.opened
              )
            )
            THEN 5
          END,
          CASE
            WHEN d.d_6
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
                THEN t."doc" IS DISTINCT FROM CAST(w.before[6] AS jsonb)
                ELSE FALSE
              END
              OR 6 = ANY(
                q.opened
              )
            )
            THEN 6
          END,
          CASE
            WHEN d.d_7
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
                THEN CAST(t."txt" AS text) COLLATE "C" IS DISTINCT FROM CAST(CAST(w.before[7] AS json) AS text) COLLATE "C"
                ELSE FALSE
              END
              OR 7 = ANY(
                q.opened
              )
            )
            THEN 7
          END,
          CASE
            WHEN d.d_8
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
                THEN t."tags" IS DISTINCT FROM CAST(w.before[8] AS text[])
                ELSE FALSE
              END
              OR 8 = ANY(
                q.opened
              )
            )
            THEN 8
          END,
          CASE
            WHEN d.d_10
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
                THEN t."ratio" IS DISTINCT FROM CAST(w.before[9] AS double precision)
                ELSE FALSE
              END
              OR 10 = ANY(
                q.opened
              )
            )
            THEN 10
          END,
          CASE
            WHEN d.d_11
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
                THEN t."span" IS DISTINCT FROM CAST(w.before[10] AS interval)
                ELSE FALSE
              END
              OR 11 = ANY(
                q.opened
              )
            )
            THEN 11
          END,
          CASE
            WHEN d.d_12
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
                THEN t."flag" IS DISTINCT FROM CAST(w.before[11] AS boolean)
                ELSE FALSE
              END
              OR 12 = ANY(
                q.opened
              )
            )
            THEN 12
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
FROM pg_temp.clash_thing_to_right_ef799f AS c
  JOIN pg_temp.stage_thing_to_right_ef799f AS s
    ON s.row_no = c.row_no
CROSS JOIN LATERAL (
  SELECT
    t."id",
    t."amount",
    t."at",
    t."day",
    t."raw",
    t."doc",
    t."txt",
    t."tags",
    t."feel",
    t."ratio",
    t."span",
    t."flag",
    t."number",
    t."doubled"
  FROM "b"."thing" AS t
  WHERE
    t."id" = CAST(s.target_key AS integer)
  OFFSET 0
) AS t
CROSS JOIN LATERAL (
  VALUES
    (
      1,
      'id',
      'id',
      CAST(CAST(s.v_1 AS integer) AS text),
      CAST(t."id" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[1] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    ),
    (
      2,
      'amount',
      'amount',
      CAST(CAST(s.v_2 AS numeric(18,2)) AS text),
      CAST(t."amount" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[2] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    ),
    (
      3,
      'at',
      'at',
      CAST(CAST(s.v_3 AS timestamp with time zone) AS text),
      CAST(t."at" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[3] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    ),
    (
      4,
      'day',
      'day',
      CAST(CAST(s.v_4 AS date) AS text),
      CAST(t."day" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[4] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    ),
    (
      5,
      'raw',
      'raw',
      CAST(CAST(s.v_5 AS bytea) AS text),
      CAST(t."raw" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[5] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    ),
    (
      6,
      'doc',
      'doc',
      CAST(CAST(s.v_6 AS jsonb) AS text),
      CAST(t."doc" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[6] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    ),
    (
      7,
      'txt',
      'txt',
      CAST(CAST(s.v_7 AS json) AS text),
      CAST(t."txt" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[7] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    ),
    (
      8,
      'tags',
      'tags',
      CAST(CAST(s.v_8 AS text[]) AS text),
      CAST(t."tags" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[8] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    ),
    (
      10,
      'ratio',
      'ratio',
      CAST(CAST(s.v_10 AS double precision) AS text),
      CAST(t."ratio" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[9] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    ),
    (
      11,
      'span',
      'span',
      CAST(CAST(s.v_11 AS interval) AS text),
      CAST(t."span" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[10] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    ),
    (
      12,
      'flag',
      'flag',
      CAST(CAST(s.v_12 AS boolean) AS text),
      CAST(t."flag" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[11] ELSE CAST(NULL AS text) END,
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
UPDATE pg_temp.decision_thing_to_right_ef799f AS d SET d_1 = CASE
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
END, d_2 = CASE
  WHEN 2 = ANY(
    c.won
  )
  THEN 2 = ANY(
    c.differing
  )
  WHEN (
    2 = ANY(
      c.lost
    ) OR 2 = ANY(
      c.collided
    ) AND TRUE
  )
  THEN FALSE
  ELSE d.d_2
END, d_3 = CASE
  WHEN 3 = ANY(
    c.won
  )
  THEN 3 = ANY(
    c.differing
  )
  WHEN (
    3 = ANY(
      c.lost
    ) OR 3 = ANY(
      c.collided
    ) AND TRUE
  )
  THEN FALSE
  ELSE d.d_3
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
END, d_5 = CASE
  WHEN 5 = ANY(
    c.won
  )
  THEN 5 = ANY(
    c.differing
  )
  WHEN (
    5 = ANY(
      c.lost
    ) OR 5 = ANY(
      c.collided
    ) AND TRUE
  )
  THEN FALSE
  ELSE d.d_5
END, d_6 = CASE
  WHEN 6 = ANY(
    c.won
  )
  THEN 6 = ANY(
    c.differing
  )
  WHEN (
    6 = ANY(
      c.lost
    ) OR 6 = ANY(
      c.collided
    ) AND TRUE
  )
  THEN FALSE
  ELSE d.d_6
END, d_7 = CASE
  WHEN 7 = ANY(
    c.won
  )
  THEN 7 = ANY(
    c.differing
  )
  WHEN (
    7 = ANY(
      c.lost
    ) OR 7 = ANY(
      c.collided
    ) AND TRUE
  )
  THEN FALSE
  ELSE d.d_7
END, d_8 = CASE
  WHEN 8 = ANY(
    c.won
  )
  THEN 8 = ANY(
    c.differing
  )
  WHEN (
    8 = ANY(
      c.lost
    ) OR 8 = ANY(
      c.collided
    ) AND TRUE
  )
  THEN FALSE
  ELSE d.d_8
END, d_10 = CASE
  WHEN 10 = ANY(
    c.won
  )
  THEN 10 = ANY(
    c.differing
  )
  WHEN (
    10 = ANY(
      c.lost
    ) OR 10 = ANY(
      c.collided
    ) AND TRUE
  )
  THEN FALSE
  ELSE d.d_10
END, d_11 = CASE
  WHEN 11 = ANY(
    c.won
  )
  THEN 11 = ANY(
    c.differing
  )
  WHEN (
    11 = ANY(
      c.lost
    ) OR 11 = ANY(
      c.collided
    ) AND TRUE
  )
  THEN FALSE
  ELSE d.d_11
END, d_12 = CASE
  WHEN 12 = ANY(
    c.won
  )
  THEN 12 = ANY(
    c.differing
  )
  WHEN (
    12 = ANY(
      c.lost
    ) OR 12 = ANY(
      c.collided
    ) AND TRUE
  )
  THEN FALSE
  ELSE d.d_12
END
FROM pg_temp.clash_thing_to_right_ef799f AS c
WHERE
  c.row_no = d.row_no;

-- update: write the changed fields of one hop count; SET names the fields that changed
UPDATE "b"."thing" AS t SET "id" = CASE WHEN d.d_1 THEN s.v_1 ELSE t."id" END, "amount" = CASE WHEN d.d_2 THEN s.v_2 ELSE t."amount" END, "at" = CASE WHEN d.d_3 THEN s.v_3 ELSE t."at" END, "day" = CASE WHEN d.d_4 THEN s.v_4 ELSE t."day" END, "raw" = CASE WHEN d.d_5 THEN s.v_5 ELSE t."raw" END, "doc" = CASE WHEN d.d_6 THEN s.v_6 ELSE t."doc" END, "txt" = CASE WHEN d.d_7 THEN s.v_7 ELSE t."txt" END, "tags" = CASE WHEN d.d_8 THEN s.v_8 ELSE t."tags" END, "feel" = CASE WHEN d.d_9 THEN s.v_9 ELSE t."feel" END, "ratio" = CASE WHEN d.d_10 THEN s.v_10 ELSE t."ratio" END, "span" = CASE WHEN d.d_11 THEN s.v_11 ELSE t."span" END, "flag" = CASE WHEN d.d_12 THEN s.v_12 ELSE t."flag" END, "doubled" = CASE WHEN d.d_13 THEN s.v_13 ELSE t."doubled" END, "number" = CASE WHEN d.d_20 THEN s.v_20 ELSE t."number" END
FROM pg_temp.decision_thing_to_right_ef799f AS d
  JOIN pg_temp.stage_thing_to_right_ef799f AS s
    ON s.row_no = d.row_no
WHERE
  t.ctid = d.target_tid
  AND (
    d.d_1
    OR d.d_2
    OR d.d_3
    OR d.d_4
    OR d.d_5
    OR d.d_6
    OR d.d_7
    OR d.d_8
    OR d.d_9
    OR d.d_10
    OR d.d_11
    OR d.d_12
    OR d.d_13
    OR d.d_20
  )
  AND CASE WHEN s.disposition = 'update' THEN s.hop = $1 END;

-- rebase outbox: put what was just written into the base of the target's own waiting changes
UPDATE sync.outbox AS o SET before = CASE
  WHEN o.layout_no = 1
  THEN CAST(ARRAY[
    CASE WHEN d.d_1 THEN CAST(CAST(s.v_1 AS integer) AS text) ELSE o.before[1] END,
    CASE
      WHEN (
        d.d_2 OR d.e_2
      )
      THEN CAST(CAST(s.v_2 AS numeric(18,2)) AS text)
      ELSE o.before[2]
    END,
    CASE
      WHEN d.d_3
      THEN CAST(CAST(s.v_3 AS timestamp with time zone) AS text)
      ELSE o.before[3]
    END,
    CASE WHEN d.d_4 THEN CAST(CAST(s.v_4 AS date) AS text) ELSE o.before[4] END,
    CASE WHEN d.d_5 THEN CAST(CAST(s.v_5 AS bytea) AS text) ELSE o.before[5] END,
    CASE WHEN d.d_6 THEN CAST(CAST(s.v_6 AS jsonb) AS text) ELSE o.before[6] END,
    CASE WHEN d.d_7 THEN CAST(CAST(s.v_7 AS json) AS text) ELSE o.before[7] END,
    CASE WHEN d.d_8 THEN CAST(CAST(s.v_8 AS text[]) AS text) ELSE o.before[8] END,
    CASE
      WHEN d.d_10
      THEN CAST(CAST(s.v_10 AS double precision) AS text)
      ELSE o.before[9]
    END,
    CASE WHEN d.d_11 THEN CAST(CAST(s.v_11 AS interval) AS text) ELSE o.before[10] END,
    CASE WHEN d.d_12 THEN CAST(CAST(s.v_12 AS boolean) AS text) ELSE o.before[11] END
  ] AS text[])
  ELSE o.before
END
FROM pg_temp.decision_thing_to_right_ef799f AS d
  JOIN pg_temp.stage_thing_to_right_ef799f AS s
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
  o.ctid = w.position
  AND (
    d.d_1
    OR (
      d.d_2 OR d.e_2
    )
    OR d.d_3
    OR d.d_4
    OR d.d_5
    OR d.d_6
    OR d.d_7
    OR d.d_8
    OR d.d_10
    OR d.d_11
    OR d.d_12
  );

-- insert: create the new target rows of one hop count
INSERT INTO "b"."thing" AS t (
  "id",
  "amount",
  "at",
  "day",
  "raw",
  "doc",
  "txt",
  "tags",
  "feel",
  "ratio",
  "span",
  "flag",
  "doubled",
  "number"
)
SELECT
  s.k_1,
  s.v_2,
  s.v_3,
  s.v_4,
  s.v_5,
  s.v_6,
  s.v_7,
  s.v_8,
  s.v_9,
  s.v_10,
  s.v_11,
  s.v_12,
  s.v_13,
  s.v_20
FROM pg_temp.stage_thing_to_right_ef799f AS s
WHERE
  s.disposition = 'insert' AND s.hop = $1
ORDER BY
  s.row_no;

-- THING to_left

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
  INSERT INTO pg_temp.stage_thing_to_left_450b9f AS s (
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
    c_4,
    v_5,
    c_5,
    v_6,
    c_6,
    v_7,
    c_7,
    v_8,
    c_8,
    v_10,
    c_10,
    v_11,
    c_11,
    v_12,
    c_12,
    o_9,
    o_13,
    o_20
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
    CAST(x.x_1 AS integer),
    x.y_1,
    CAST(x.x_2 AS numeric(18,5)),
    x.y_2,
    CAST(x.x_3 AS timestamp with time zone),
    x.y_3,
    CAST(x.x_4 AS date),
    x.y_4,
    CAST(x.x_5 AS bytea),
    x.y_5,
    CAST(x.x_6 AS jsonb),
    x.y_6,
    CAST(x.x_7 AS json),
    x.y_7,
    CAST(x.x_8 AS text[]),
    x.y_8,
    CAST(x.x_10 AS double precision),
    x.y_10,
    CAST(x.x_11 AS interval),
    x.y_11,
    CAST(x.x_12 AS boolean),
    x.y_12,
    d.disposition = 'insert' AND NULLIF(CAST(s."feel" AS text), '') IS NULL,
    d.disposition = 'insert' AND NULLIF(CAST(s."doubled" AS text), '') IS NULL,
    d.disposition = 'insert' AND NULLIF(CAST(s."number" AS text), '') IS NULL
  FROM entry AS e
  LEFT JOIN LATERAL (
    SELECT
      TRUE AS is_present,
      s."id",
      s."amount",
      s."at",
      s."day",
      s."raw",
      s."doc",
      s."txt",
      s."tags",
      s."feel",
      s."ratio",
      s."span",
      s."flag",
      s."number",
      s."doubled"
    FROM "b"."thing" AS s
    WHERE
      s."id" = CAST(e.record_key AS integer)
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
      CAST(e.before[1] AS integer) AS "id",
      CAST(e.before[2] AS numeric) AS "amount",
      CAST(e.before[3] AS timestamp with time zone) AS "at",
      CAST(e.before[4] AS date) AS "day",
      CAST(e.before[5] AS bytea) AS "raw",
      CAST(e.before[6] AS jsonb) AS "doc",
      CAST(e.before[7] AS json) AS "txt",
      CAST(e.before[8] AS text[]) AS "tags",
      s."feel" AS "feel",
      CAST(e.before[9] AS double precision) AS "ratio",
      CAST(e.before[10] AS interval) AS "span",
      CAST(e.before[11] AS boolean) AS "flag",
      s."number" AS "number",
      s."doubled" AS "doubled",
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
          b."id"
        )
        ELSE FALSE
      END AS y_1,
      v.x_2,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN v.x_2 IS DISTINCT FROM (
          b."amount"
        )
        ELSE FALSE
      END AS y_2,
      v.x_3,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN v.x_3 IS DISTINCT FROM (
          b."at"
        )
        ELSE FALSE
      END AS y_3,
      v.x_4,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN v.x_4 IS DISTINCT FROM (
          b."day"
        )
        ELSE FALSE
      END AS y_4,
      v.x_5,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN v.x_5 IS DISTINCT FROM (
          b."raw"
        )
        ELSE FALSE
      END AS y_5,
      v.x_6,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN v.x_6 IS DISTINCT FROM (
          b."doc"
        )
        ELSE FALSE
      END AS y_6,
      v.x_7,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN CAST(v.x_7 AS text) COLLATE "C" IS DISTINCT FROM CAST((
          b."txt"
        ) AS text) COLLATE "C"
        ELSE FALSE
      END AS y_7,
      v.x_8,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN v.x_8 IS DISTINCT FROM (
          b."tags"
        )
        ELSE FALSE
      END AS y_8,
      v.x_10,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN v.x_10 IS DISTINCT FROM (
          b."ratio"
        )
        ELSE FALSE
      END AS y_10,
      v.x_11,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN v.x_11 IS DISTINCT FROM (
          b."span"
        )
        ELSE FALSE
      END AS y_11,
      v.x_12,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN v.x_12 IS DISTINCT FROM (
          b."flag"
        )
        ELSE FALSE
      END AS y_12
    FROM (
      SELECT
        1 AS one,
        s."id" AS x_1,
        s."amount" AS x_2,
        s."at" AS x_3,
        s."day" AS x_4,
        s."raw" AS x_5,
        s."doc" AS x_6,
        s."txt" AS x_7,
        s."tags" AS x_8,
        s."ratio" AS x_10,
        s."span" AS x_11,
        s."flag" AS x_12
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
        THEN CAST(x.x_1 AS integer)
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
            OR x.y_5
            OR x.y_6
            OR x.y_7
            OR x.y_8
            OR x.y_10
            OR x.y_11
            OR x.y_12
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
INSERT INTO pg_temp.decision_thing_to_left_450b9f (
  row_no,
  target_tid,
  image,
  d_1,
  d_2,
  d_3,
  d_4,
  d_5,
  d_6,
  d_7,
  d_8,
  d_10,
  d_11,
  d_12,
  e_2
)
SELECT
  s.row_no,
  t.target_tid,
  CAST(ARRAY[
    CAST(t."id" AS text),
    CAST(t."amount" AS text),
    CAST(t."at" AS text),
    CAST(t."day" AS text),
    CAST(t."raw" AS text),
    CAST(t."doc" AS text),
    CAST(t."txt" AS text),
    CAST(t."tags" AS text),
    CAST(t."feel" AS text),
    CAST(t."ratio" AS text),
    CAST(t."span" AS text),
    CAST(t."flag" AS text),
    CAST(t."doubled" AS text)
  ] AS text[]),
  s.c_1 AND t."id" IS DISTINCT FROM s.v_1,
  s.c_2 AND t."amount" IS DISTINCT FROM s.v_2,
  s.c_3 AND t."at" IS DISTINCT FROM s.v_3,
  s.c_4 AND t."day" IS DISTINCT FROM s.v_4,
  s.c_5 AND t."raw" IS DISTINCT FROM s.v_5,
  s.c_6 AND t."doc" IS DISTINCT FROM s.v_6,
  s.c_7
  AND CAST(t."txt" AS text) COLLATE "C" IS DISTINCT FROM CAST(s.v_7 AS text) COLLATE "C",
  s.c_8 AND t."tags" IS DISTINCT FROM s.v_8,
  s.c_10 AND t."ratio" IS DISTINCT FROM s.v_10,
  s.c_11 AND t."span" IS DISTINCT FROM s.v_11,
  s.c_12 AND t."flag" IS DISTINCT FROM s.v_12,
  s.c_2 AND NOT (
    t."amount" IS DISTINCT FROM s.v_2
  )
FROM pg_temp.stage_thing_to_left_450b9f AS s
CROSS JOIN LATERAL (
  SELECT
    t.ctid AS target_tid,
    t."id",
    t."amount",
    t."at",
    t."day",
    t."raw",
    t."doc",
    t."txt",
    t."tags",
    t."feel",
    t."ratio",
    t."span",
    t."flag",
    t."doubled"
  FROM "a"."thing" AS t
  WHERE
    t."id" = CAST(s.target_key AS integer)   FOR UPDATE SKIP LOCKED
) AS t
WHERE
  s.disposition IN ('update', 'gone')
  AND NOT s.target_key IN (
    SELECT
      o.record_key
    FROM sync.outbox AS o
    WHERE
      o.mapping_name = 'THING' AND o.side = 'left' AND NOT o.new_key IS NULL
  );

-- detect: look for fields the other side changed too, and for open conflicts
INSERT INTO pg_temp.clash_thing_to_left_450b9f (
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
      CASE WHEN t."id" IS DISTINCT FROM s.v_1 THEN 1 END,
      CASE WHEN t."amount" IS DISTINCT FROM s.v_2 THEN 2 END,
      CASE WHEN t."at" IS DISTINCT FROM s.v_3 THEN 3 END,
      CASE WHEN t."day" IS DISTINCT FROM s.v_4 THEN 4 END,
      CASE WHEN t."raw" IS DISTINCT FROM s.v_5 THEN 5 END,
      CASE WHEN t."doc" IS DISTINCT FROM s.v_6 THEN 6 END,
      CASE
        WHEN CAST(t."txt" AS text) COLLATE "C" IS DISTINCT FROM CAST(s.v_7 AS text) COLLATE "C"
        THEN 7
      END,
      CASE WHEN t."tags" IS DISTINCT FROM s.v_8 THEN 8 END,
      CASE WHEN t."ratio" IS DISTINCT FROM s.v_10 THEN 10 END,
      CASE WHEN t."span" IS DISTINCT FROM s.v_11 THEN 11 END,
      CASE WHEN t."flag" IS DISTINCT FROM s.v_12 THEN 12 END
    ] AS int[]),
    NULL
  ),
  CASE WHEN s.is_forced THEN CAST('{}' AS INT[]) ELSE q.opened END,
  CASE WHEN s.is_forced THEN q.known ELSE q.won END,
  CASE WHEN s.is_forced THEN CAST('{}' AS INT[]) ELSE q.lost END,
  COALESCE(s.modified_at >= w.captured_at, TRUE),
  w.before,
  w.layout_no
FROM pg_temp.decision_thing_to_left_450b9f AS d
  JOIN pg_temp.stage_thing_to_left_450b9f AS s
    ON s.row_no = d.row_no
CROSS JOIN LATERAL (
  SELECT
    t."id",
    t."amount",
    t."at",
    t."day",
    t."raw",
    t."doc",
    t."txt",
    t."tags",
    t."feel",
    t."ratio",
    t."span",
    t."flag",
    t."doubled"
  FROM "a"."thing" AS t
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
                THEN t."id" IS DISTINCT FROM CAST(w.before[1] AS integer)
                ELSE FALSE
              END
              OR 1 = ANY(
                q.opened
              )
            )
            THEN 1
          END,
          CASE
            WHEN d.d_2
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
                THEN t."amount" IS DISTINCT FROM CAST(w.before[2] AS numeric)
                ELSE FALSE
              END
              OR 2 = ANY(
                q.opened
              )
            )
            THEN 2
          END,
          CASE
            WHEN d.d_3
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
                THEN t."at" IS DISTINCT FROM CAST(w.before[3] AS timestamp with time zone)
                ELSE FALSE
              END
              OR 3 = ANY(
                q.opened
              )
            )
            THEN 3
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
                THEN t."day" IS DISTINCT FROM CAST(w.before[4] AS date)
                ELSE FALSE
              END
              OR 4 = ANY(
                q.opened
              )
            )
            THEN 4
          END,
          CASE
            WHEN d.d_5
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
                THEN t."raw" IS DISTINCT FROM CAST(w.before[5] AS bytea)
                ELSE FALSE
              END
              OR 5 = ANY(
                q.opened
              )
            )
            THEN 5
          END,
          CASE
            WHEN d.d_6
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
                THEN t."doc" IS DISTINCT FROM CAST(w.before[6] AS jsonb)
                ELSE FALSE
              END
              OR 6 = ANY(
                q.opened
              )
            )
            THEN 6
          END,
          CASE
            WHEN d.d_7
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
                THEN CAST(t."txt" AS text) COLLATE "C" IS DISTINCT FROM CAST(CAST(w.before[7] AS json) AS text) COLLATE "C"
                ELSE FALSE
              END
              OR 7 = ANY(
                q.opened
              )
            )
            THEN 7
          END,
          CASE
            WHEN d.d_8
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
                THEN t."tags" IS DISTINCT FROM CAST(w.before[8] AS text[])
                ELSE FALSE
              END
              OR 8 = ANY(
                q.opened
              )
            )
            THEN 8
          END,
          CASE
            WHEN d.d_10
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
                THEN t."ratio" IS DISTINCT FROM CAST(w.before[10] AS double precision)
                ELSE FALSE
              END
              OR 10 = ANY(
                q.opened
              )
            )
            THEN 10
          END,
          CASE
            WHEN d.d_11
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
                THEN t."span" IS DISTINCT FROM CAST(w.before[11] AS interval)
                ELSE FALSE
              END
              OR 11 = ANY(
                q.opened
              )
            )
            THEN 11
          END,
          CASE
            WHEN d.d_12
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
                THEN t."flag" IS DISTINCT FROM CAST(w.before[12] AS boolean)
                ELSE FALSE
              END
              OR 12 = ANY(
                q.opened
              )
            )
            THEN 12
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
FROM pg_temp.clash_thing_to_left_450b9f AS c
  JOIN pg_temp.stage_thing_to_left_450b9f AS s
    ON s.row_no = c.row_no
CROSS JOIN LATERAL (
  SELECT
    t."id",
    t."amount",
    t."at",
    t."day",
    t."raw",
    t."doc",
    t."txt",
    t."tags",
    t."feel",
    t."ratio",
    t."span",
    t."flag",
    t."doubled"
  FROM "a"."thing" AS t
  WHERE
    t."id" = CAST(s.target_key AS integer)
  OFFSET 0
) AS t
CROSS JOIN LATERAL (
  VALUES
    (
      1,
      'id',
      'id',
      CAST(CAST(s.v_1 AS integer) AS text),
      CAST(t."id" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[1] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    ),
    (
      2,
      'amount',
      'amount',
      CAST(CAST(s.v_2 AS numeric(18,5)) AS text),
      CAST(t."amount" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[2] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    ),
    (
      3,
      'at',
      'at',
      CAST(CAST(s.v_3 AS timestamp with time zone) AS text),
      CAST(t."at" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[3] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    ),
    (
      4,
      'day',
      'day',
      CAST(CAST(s.v_4 AS date) AS text),
      CAST(t."day" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[4] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    ),
    (
      5,
      'raw',
      'raw',
      CAST(CAST(s.v_5 AS bytea) AS text),
      CAST(t."raw" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[5] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    ),
    (
      6,
      'doc',
      'doc',
      CAST(CAST(s.v_6 AS jsonb) AS text),
      CAST(t."doc" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[6] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    ),
    (
      7,
      'txt',
      'txt',
      CAST(CAST(s.v_7 AS json) AS text),
      CAST(t."txt" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[7] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    ),
    (
      8,
      'tags',
      'tags',
      CAST(CAST(s.v_8 AS text[]) AS text),
      CAST(t."tags" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[8] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    ),
    (
      10,
      'ratio',
      'ratio',
      CAST(CAST(s.v_10 AS double precision) AS text),
      CAST(t."ratio" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[10] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    ),
    (
      11,
      'span',
      'span',
      CAST(CAST(s.v_11 AS interval) AS text),
      CAST(t."span" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[11] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    ),
    (
      12,
      'flag',
      'flag',
      CAST(CAST(s.v_12 AS boolean) AS text),
      CAST(t."flag" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[12] ELSE CAST(NULL AS text) END,
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
UPDATE pg_temp.decision_thing_to_left_450b9f AS d SET d_1 = CASE
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
END, d_2 = CASE
  WHEN 2 = ANY(
    c.won
  )
  THEN 2 = ANY(
    c.differing
  )
  WHEN (
    2 = ANY(
      c.lost
    ) OR 2 = ANY(
      c.collided
    ) AND TRUE
  )
  THEN FALSE
  ELSE d.d_2
END, d_3 = CASE
  WHEN 3 = ANY(
    c.won
  )
  THEN 3 = ANY(
    c.differing
  )
  WHEN (
    3 = ANY(
      c.lost
    ) OR 3 = ANY(
      c.collided
    ) AND TRUE
  )
  THEN FALSE
  ELSE d.d_3
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
END, d_5 = CASE
  WHEN 5 = ANY(
    c.won
  )
  THEN 5 = ANY(
    c.differing
  )
  WHEN (
    5 = ANY(
      c.lost
    ) OR 5 = ANY(
      c.collided
    ) AND TRUE
  )
  THEN FALSE
  ELSE d.d_5
END, d_6 = CASE
  WHEN 6 = ANY(
    c.won
  )
  THEN 6 = ANY(
    c.differing
  )
  WHEN (
    6 = ANY(
      c.lost
    ) OR 6 = ANY(
      c.collided
    ) AND TRUE
  )
  THEN FALSE
  ELSE d.d_6
END, d_7 = CASE
  WHEN 7 = ANY(
    c.won
  )
  THEN 7 = ANY(
    c.differing
  )
  WHEN (
    7 = ANY(
      c.lost
    ) OR 7 = ANY(
      c.collided
    ) AND TRUE
  )
  THEN FALSE
  ELSE d.d_7
END, d_8 = CASE
  WHEN 8 = ANY(
    c.won
  )
  THEN 8 = ANY(
    c.differing
  )
  WHEN (
    8 = ANY(
      c.lost
    ) OR 8 = ANY(
      c.collided
    ) AND TRUE
  )
  THEN FALSE
  ELSE d.d_8
END, d_10 = CASE
  WHEN 10 = ANY(
    c.won
  )
  THEN 10 = ANY(
    c.differing
  )
  WHEN (
    10 = ANY(
      c.lost
    ) OR 10 = ANY(
      c.collided
    ) AND TRUE
  )
  THEN FALSE
  ELSE d.d_10
END, d_11 = CASE
  WHEN 11 = ANY(
    c.won
  )
  THEN 11 = ANY(
    c.differing
  )
  WHEN (
    11 = ANY(
      c.lost
    ) OR 11 = ANY(
      c.collided
    ) AND TRUE
  )
  THEN FALSE
  ELSE d.d_11
END, d_12 = CASE
  WHEN 12 = ANY(
    c.won
  )
  THEN 12 = ANY(
    c.differing
  )
  WHEN (
    12 = ANY(
      c.lost
    ) OR 12 = ANY(
      c.collided
    ) AND TRUE
  )
  THEN FALSE
  ELSE d.d_12
END
FROM pg_temp.clash_thing_to_left_450b9f AS c
WHERE
  c.row_no = d.row_no;

-- update: write the changed fields of one hop count; SET names the fields that changed
WITH w AS (
  UPDATE "a"."thing" AS t SET "id" = CASE WHEN d.d_1 THEN s.v_1 ELSE t."id" END, "amount" = CASE WHEN d.d_2 THEN s.v_2 ELSE t."amount" END, "at" = CASE WHEN d.d_3 THEN s.v_3 ELSE t."at" END, "day" = CASE WHEN d.d_4 THEN s.v_4 ELSE t."day" END, "raw" = CASE WHEN d.d_5 THEN s.v_5 ELSE t."raw" END, "doc" = CASE WHEN d.d_6 THEN s.v_6 ELSE t."doc" END, "txt" = CASE WHEN d.d_7 THEN s.v_7 ELSE t."txt" END, "tags" = CASE WHEN d.d_8 THEN s.v_8 ELSE t."tags" END, "ratio" = CASE WHEN d.d_10 THEN s.v_10 ELSE t."ratio" END, "span" = CASE WHEN d.d_11 THEN s.v_11 ELSE t."span" END, "flag" = CASE WHEN d.d_12 THEN s.v_12 ELSE t."flag" END
  FROM pg_temp.decision_thing_to_left_450b9f AS d
    JOIN pg_temp.stage_thing_to_left_450b9f AS s
      ON s.row_no = d.row_no
  WHERE
    t.ctid = d.target_tid
    AND (
      d.d_1
      OR d.d_2
      OR d.d_3
      OR d.d_4
      OR d.d_5
      OR d.d_6
      OR d.d_7
      OR d.d_8
      OR d.d_10
      OR d.d_11
      OR d.d_12
    )
    AND CASE WHEN s.disposition = 'update' THEN s.hop = $1 END
  RETURNING s.row_no, CAST(ARRAY[
    CAST(t."id" AS text),
    CAST(t."amount" AS text),
    CAST(t."at" AS text),
    CAST(t."day" AS text),
    CAST(t."raw" AS text),
    CAST(t."doc" AS text),
    CAST(t."txt" AS text),
    CAST(t."tags" AS text),
    CAST(t."feel" AS text),
    CAST(t."ratio" AS text),
    CAST(t."span" AS text),
    CAST(t."flag" AS text),
    CAST(t."doubled" AS text)
  ] AS text[]) AS written
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
    'THING',
    'left',
    s.target_key,
    'update',
    1,
    CAST(ARRAY[
      CASE WHEN d.d_1 THEN CAST(CAST(s.v_1 AS integer) AS text) ELSE d.image[1] END,
      CASE WHEN d.d_2 THEN CAST(CAST(s.v_2 AS numeric(18,5)) AS text) ELSE d.image[2] END,
      CASE
        WHEN d.d_3
        THEN CAST(CAST(s.v_3 AS timestamp with time zone) AS text)
        ELSE d.image[3]
      END,
      CASE WHEN d.d_4 THEN CAST(CAST(s.v_4 AS date) AS text) ELSE d.image[4] END,
      CASE WHEN d.d_5 THEN CAST(CAST(s.v_5 AS bytea) AS text) ELSE d.image[5] END,
      CASE WHEN d.d_6 THEN CAST(CAST(s.v_6 AS jsonb) AS text) ELSE d.image[6] END,
      CASE WHEN d.d_7 THEN CAST(CAST(s.v_7 AS json) AS text) ELSE d.image[7] END,
      CASE WHEN d.d_8 THEN CAST(CAST(s.v_8 AS text[]) AS text) ELSE d.image[8] END,
      d.image[9],
      CASE
        WHEN d.d_10
        THEN CAST(CAST(s.v_10 AS double precision) AS text)
        ELSE d.image[10]
      END,
      CASE WHEN d.d_11 THEN CAST(CAST(s.v_11 AS interval) AS text) ELSE d.image[11] END,
      CASE WHEN d.d_12 THEN CAST(CAST(s.v_12 AS boolean) AS text) ELSE d.image[12] END,
      d.image[13]
    ] AS text[]),
    CAST(s.hop + 1 AS SMALLINT),
    SESSION_USER
  FROM w
  JOIN pg_temp.stage_thing_to_left_450b9f AS s
    ON s.row_no = w.row_no
  JOIN pg_temp.decision_thing_to_left_450b9f AS d
    ON d.row_no = w.row_no
  WHERE
    w.written IS DISTINCT FROM CAST(ARRAY[
      CASE WHEN d.d_1 THEN CAST(CAST(s.v_1 AS integer) AS text) ELSE d.image[1] END,
      CASE WHEN d.d_2 THEN CAST(CAST(s.v_2 AS numeric(18,5)) AS text) ELSE d.image[2] END,
      CASE
        WHEN d.d_3
        THEN CAST(CAST(s.v_3 AS timestamp with time zone) AS text)
        ELSE d.image[3]
      END,
      CASE WHEN d.d_4 THEN CAST(CAST(s.v_4 AS date) AS text) ELSE d.image[4] END,
      CASE WHEN d.d_5 THEN CAST(CAST(s.v_5 AS bytea) AS text) ELSE d.image[5] END,
      CASE WHEN d.d_6 THEN CAST(CAST(s.v_6 AS jsonb) AS text) ELSE d.image[6] END,
      CASE WHEN d.d_7 THEN CAST(CAST(s.v_7 AS json) AS text) ELSE d.image[7] END,
      CASE WHEN d.d_8 THEN CAST(CAST(s.v_8 AS text[]) AS text) ELSE d.image[8] END,
      d.image[9],
      CASE
        WHEN d.d_10
        THEN CAST(CAST(s.v_10 AS double precision) AS text)
        ELSE d.image[10]
      END,
      CASE WHEN d.d_11 THEN CAST(CAST(s.v_11 AS interval) AS text) ELSE d.image[11] END,
      CASE WHEN d.d_12 THEN CAST(CAST(s.v_12 AS boolean) AS text) ELSE d.image[12] END,
      d.image[13]
    ] AS text[])
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

-- rebase outbox: put what was just written into the base of the target's own waiting changes
UPDATE sync.outbox AS o SET before = CASE
  WHEN o.layout_no = 1
  THEN CAST(ARRAY[
    CASE WHEN d.d_1 THEN CAST(CAST(s.v_1 AS integer) AS text) ELSE o.before[1] END,
    CASE
      WHEN (
        d.d_2 OR d.e_2
      )
      THEN CAST(CAST(s.v_2 AS numeric(18,5)) AS text)
      ELSE o.before[2]
    END,
    CASE
      WHEN d.d_3
      THEN CAST(CAST(s.v_3 AS timestamp with time zone) AS text)
      ELSE o.before[3]
    END,
    CASE WHEN d.d_4 THEN CAST(CAST(s.v_4 AS date) AS text) ELSE o.before[4] END,
    CASE WHEN d.d_5 THEN CAST(CAST(s.v_5 AS bytea) AS text) ELSE o.before[5] END,
    CASE WHEN d.d_6 THEN CAST(CAST(s.v_6 AS jsonb) AS text) ELSE o.before[6] END,
    CASE WHEN d.d_7 THEN CAST(CAST(s.v_7 AS json) AS text) ELSE o.before[7] END,
    CASE WHEN d.d_8 THEN CAST(CAST(s.v_8 AS text[]) AS text) ELSE o.before[8] END,
    o.before[9],
    CASE
      WHEN d.d_10
      THEN CAST(CAST(s.v_10 AS double precision) AS text)
      ELSE o.before[10]
    END,
    CASE WHEN d.d_11 THEN CAST(CAST(s.v_11 AS interval) AS text) ELSE o.before[11] END,
    CASE WHEN d.d_12 THEN CAST(CAST(s.v_12 AS boolean) AS text) ELSE o.before[12] END,
    o.before[13]
  ] AS text[])
  ELSE o.before
END
FROM pg_temp.decision_thing_to_left_450b9f AS d
  JOIN pg_temp.stage_thing_to_left_450b9f AS s
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
  o.ctid = w.position
  AND (
    d.d_1
    OR (
      d.d_2 OR d.e_2
    )
    OR d.d_3
    OR d.d_4
    OR d.d_5
    OR d.d_6
    OR d.d_7
    OR d.d_8
    OR d.d_10
    OR d.d_11
    OR d.d_12
  );

-- insert: create the new target rows of one hop count
WITH w AS (
  INSERT INTO "a"."thing" AS t (
    "id",
    "amount",
    "at",
    "day",
    "raw",
    "doc",
    "txt",
    "tags",
    "ratio",
    "span",
    "flag"
  )
  SELECT
    s.k_1,
    s.v_2,
    s.v_3,
    s.v_4,
    s.v_5,
    s.v_6,
    s.v_7,
    s.v_8,
    s.v_10,
    s.v_11,
    s.v_12
  FROM pg_temp.stage_thing_to_left_450b9f AS s
  WHERE
    s.disposition = 'insert' AND s.hop = $1
  ORDER BY
    s.row_no
  RETURNING CAST(t."id" AS text) AS target_key, CAST(ARRAY[
    CAST(t."id" AS text),
    CAST(t."amount" AS text),
    CAST(t."at" AS text),
    CAST(t."day" AS text),
    CAST(t."raw" AS text),
    CAST(t."doc" AS text),
    CAST(t."txt" AS text),
    CAST(t."tags" AS text),
    CAST(t."feel" AS text),
    CAST(t."ratio" AS text),
    CAST(t."span" AS text),
    CAST(t."flag" AS text),
    CAST(t."doubled" AS text)
  ] AS text[]) AS written, NOT (
    NULLIF(CAST(t."feel" AS text), '') IS NULL
  ) AS a_9, NOT (
    NULLIF(CAST(t."doubled" AS text), '') IS NULL
  ) AS a_13, NOT (
    NULLIF(CAST(t."id" AS text), '') IS NULL
  ) AS a_20
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
    'THING',
    'left',
    s.target_key,
    'insert',
    1,
    w.written,
    CAST(s.hop + 1 AS SMALLINT),
    SESSION_USER
  FROM w
  JOIN pg_temp.stage_thing_to_left_450b9f AS s
    ON s.target_key = w.target_key AND s.disposition = 'insert'
  WHERE
    (
      s.o_9 AND w.a_9 OR s.o_13 AND w.a_13 OR s.o_20 AND w.a_20
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
