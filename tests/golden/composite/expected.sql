-- LINE to_right

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
  INSERT INTO pg_temp.stage_line_to_right_039a1b AS s (
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
    CAST(x.x_2 AS integer),
    x.y_2,
    CAST(x.x_3 AS text),
    x.y_3,
    CAST(x.x_4 AS real),
    x.y_4
  FROM entry AS e
  LEFT JOIN LATERAL (
    SELECT
      TRUE AS is_present,
      s."doc",
      s."line_no",
      s."item",
      s."qty"
    FROM "erp"."line" AS s
    WHERE
      s."doc" = CAST((
        (
          CAST(e.record_key AS jsonb)
        ) ->> 0
      ) AS text) COLLATE "pg_catalog"."default"
      AND s."line_no" = CAST((
        (
          CAST(e.record_key AS jsonb)
        ) ->> 1
      ) AS integer)
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
      CAST(e.before[1] AS text) AS "doc",
      CAST(e.before[2] AS integer) AS "line_no",
      CAST(e.before[3] AS text) AS "item",
      CAST(e.before[4] AS numeric) AS "qty",
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
          b."doc"
        )
        ELSE FALSE
      END AS y_1,
      v.x_2,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN v.x_2 IS DISTINCT FROM (
          b."line_no"
        )
        ELSE FALSE
      END AS y_2,
      v.x_3,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN v.x_3 IS DISTINCT FROM (
          b."item"
        )
        ELSE FALSE
      END AS y_3,
      v.x_4,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN v.x_4 IS DISTINCT FROM (
          b."qty"
        )
        ELSE FALSE
      END AS y_4
    FROM (
      SELECT
        1 AS one,
        s."doc" AS x_1,
        s."line_no" AS x_2,
        s."item" AS x_3,
        s."qty" AS x_4
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
        THEN CAST(nextval(CAST(pg_get_serial_sequence('"crm"."detail"', 'id') AS regclass)) AS bigint)
      END AS bigint) AS k_1
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
            x.y_1 OR x.y_2 OR x.y_3 OR x.y_4 OR e.is_retried
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
INSERT INTO pg_temp.decision_line_to_right_039a1b (
  row_no,
  target_tid,
  image,
  d_1,
  d_2,
  d_3,
  d_4,
  e_4
)
SELECT
  s.row_no,
  t.target_tid,
  CAST(NULL AS TEXT[]),
  s.c_1 AND t."doc" IS DISTINCT FROM s.v_1,
  s.c_2 AND t."no" IS DISTINCT FROM s.v_2,
  s.c_3 AND t."item" IS DISTINCT FROM s.v_3,
  s.c_4 AND t."qty" IS DISTINCT FROM s.v_4,
  s.c_4 AND NOT (
    t."qty" IS DISTINCT FROM s.v_4
  )
FROM pg_temp.stage_line_to_right_039a1b AS s
CROSS JOIN LATERAL (
  SELECT
    t.ctid AS target_tid,
    t."id",
    t."doc",
    t."no",
    t."item",
    t."qty"
  FROM "crm"."detail" AS t
  WHERE
    t."id" = CAST(s.target_key AS bigint)   FOR NO KEY UPDATE SKIP LOCKED
) AS t
WHERE
  s.disposition IN ('update', 'gone')
  AND NOT s.target_key IN (
    SELECT
      o.record_key
    FROM sync.outbox AS o
    WHERE
      o.mapping_name = 'LINE' AND o.side = 'right' AND NOT o.new_key IS NULL
  );

-- detect: look for fields the other side changed too, and for open conflicts
INSERT INTO pg_temp.clash_line_to_right_039a1b (
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
      CASE WHEN t."doc" IS DISTINCT FROM s.v_1 THEN 1 END,
      CASE WHEN t."no" IS DISTINCT FROM s.v_2 THEN 2 END,
      CASE WHEN t."item" IS DISTINCT FROM s.v_3 THEN 3 END,
      CASE WHEN t."qty" IS DISTINCT FROM s.v_4 THEN 4 END
    ] AS int[]),
    NULL
  ),
  CASE WHEN s.is_forced THEN CAST('{}' AS INT[]) ELSE q.opened END,
  CASE WHEN s.is_forced THEN q.known ELSE q.won END,
  CASE WHEN s.is_forced THEN CAST('{}' AS INT[]) ELSE q.lost END,
  COALESCE(s.modified_at >= w.captured_at, TRUE),
  w.before,
  w.layout_no
FROM pg_temp.decision_line_to_right_039a1b AS d
  JOIN pg_temp.stage_line_to_right_039a1b AS s
    ON s.row_no = d.row_no
CROSS JOIN LATERAL (
  SELECT
    t."id",
    t."doc",
    t."no",
    t."item",
    t."qty"
  FROM "crm"."detail" AS t
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
                THEN t."doc" IS DISTINCT FROM CAST(w.before[2] AS text)
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
                THEN t."no" IS DISTINCT FROM CAST(w.before[3] AS integer)
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
                THEN t."item" IS DISTINCT FROM CAST(w.before[4] AS text)
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
                THEN t."qty" IS DISTINCT FROM CAST(w.before[5] AS real)
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
FROM pg_temp.clash_line_to_right_039a1b AS c
  JOIN pg_temp.stage_line_to_right_039a1b AS s
    ON s.row_no = c.row_no
CROSS JOIN LATERAL (
  SELECT
    t."id",
    t."doc",
    t."no",
    t."item",
    t."qty"
  FROM "crm"."detail" AS t
  WHERE
    t."id" = CAST(s.target_key AS bigint)
  OFFSET 0
) AS t
CROSS JOIN LATERAL (
  VALUES
    (
      1,
      'doc',
      'doc',
      CAST(CAST(s.v_1 AS text) AS text),
      CAST(t."doc" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[2] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    ),
    (
      2,
      'line_no',
      'no',
      CAST(CAST(s.v_2 AS integer) AS text),
      CAST(t."no" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[3] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    ),
    (
      3,
      'item',
      'item',
      CAST(CAST(s.v_3 AS text) AS text),
      CAST(t."item" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[4] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    ),
    (
      4,
      'qty',
      'qty',
      CAST(CAST(s.v_4 AS real) AS text),
      CAST(t."qty" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[5] ELSE CAST(NULL AS text) END,
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
UPDATE pg_temp.decision_line_to_right_039a1b AS d SET d_1 = CASE
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
END
FROM pg_temp.clash_line_to_right_039a1b AS c
WHERE
  c.row_no = d.row_no;

-- update: write the changed fields of one hop count; SET names the fields that changed
UPDATE "crm"."detail" AS t SET "doc" = CASE WHEN d.d_1 THEN s.v_1 ELSE t."doc" END, "no" = CASE WHEN d.d_2 THEN s.v_2 ELSE t."no" END, "item" = CASE WHEN d.d_3 THEN s.v_3 ELSE t."item" END, "qty" = CASE WHEN d.d_4 THEN s.v_4 ELSE t."qty" END
FROM pg_temp.decision_line_to_right_039a1b AS d
  JOIN pg_temp.stage_line_to_right_039a1b AS s
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
    CASE WHEN d.d_2 THEN CAST(CAST(s.v_2 AS integer) AS text) ELSE o.before[3] END,
    CASE WHEN d.d_3 THEN CAST(CAST(s.v_3 AS text) AS text) ELSE o.before[4] END,
    CASE
      WHEN (
        d.d_4 OR d.e_4
      )
      THEN CAST(CAST(s.v_4 AS real) AS text)
      ELSE o.before[5]
    END
  ] AS text[])
  ELSE o.before
END
FROM pg_temp.decision_line_to_right_039a1b AS d
  JOIN pg_temp.stage_line_to_right_039a1b AS s
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
    d.d_1 OR d.d_2 OR d.d_3 OR (
      d.d_4 OR d.e_4
    )
  );

-- insert: create the new target rows of one hop count
INSERT INTO "crm"."detail" AS t (
  "doc",
  "no",
  "item",
  "qty",
  "id"
)
OVERRIDING SYSTEM VALUE SELECT
  s.v_1,
  s.v_2,
  s.v_3,
  s.v_4,
  s.k_1
FROM pg_temp.stage_line_to_right_039a1b AS s
WHERE
  s.disposition = 'insert' AND s.hop = $1
ORDER BY
  s.row_no;

-- delete: delete the target rows the mapping says to
DELETE FROM "crm"."detail" AS t USING   pg_temp.decision_line_to_right_039a1b AS d
    JOIN pg_temp.stage_line_to_right_039a1b AS s
      ON s.row_no = d.row_no
WHERE
  t.ctid = d.target_tid AND CASE WHEN s.disposition = 'gone' THEN s.hop = $1 END;

-- LINE to_left

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
  INSERT INTO pg_temp.stage_line_to_left_390140 AS s (
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
    k_2,
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
    COALESCE(
      k.target_key,
      CASE
        WHEN d.disposition = 'insert'
        THEN CAST(jsonb_build_array(CAST(n.k_1 AS text), CAST(n.k_2 AS text)) AS text)
      END
    ),
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
    n.k_2,
    CAST(x.x_1 AS text),
    x.y_1,
    CAST(x.x_2 AS integer),
    x.y_2,
    CAST(x.x_3 AS text),
    x.y_3,
    CAST(x.x_4 AS numeric),
    x.y_4
  FROM entry AS e
  LEFT JOIN LATERAL (
    SELECT
      TRUE AS is_present,
      s."id",
      s."doc",
      s."no",
      s."item",
      s."qty"
    FROM "crm"."detail" AS s
    WHERE
      s."id" = CAST(e.record_key AS bigint)
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
      CAST(e.before[1] AS bigint) AS "id",
      CAST(e.before[2] AS text) AS "doc",
      CAST(e.before[3] AS integer) AS "no",
      CAST(e.before[4] AS text) AS "item",
      CAST(e.before[5] AS real) AS "qty",
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
          b."doc"
        )
        ELSE FALSE
      END AS y_1,
      v.x_2,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN v.x_2 IS DISTINCT FROM (
          b."no"
        )
        ELSE FALSE
      END AS y_2,
      v.x_3,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN v.x_3 IS DISTINCT FROM (
          b."item"
        )
        ELSE FALSE
      END AS y_3,
      v.x_4,
      CASE
        WHEN f.is_whole
        THEN TRUE
        WHEN f.has_base
        THEN v.x_4 IS DISTINCT FROM (
          b."qty"
        )
        ELSE FALSE
      END AS y_4
    FROM (
      SELECT
        1 AS one,
        s."doc" AS x_1,
        s."no" AS x_2,
        s."item" AS x_3,
        s."qty" AS x_4
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
      END AS text) AS k_1,
      CAST(CASE
        WHEN NOT e.record_key IS NULL
        AND k.target_key IS NULL
        AND s.is_present
        AND f.in_filter
        AND TRUE
        THEN CAST(x.x_2 AS integer)
      END AS integer) AS k_2
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
            x.y_1 OR x.y_2 OR x.y_3 OR x.y_4 OR e.is_retried
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
        WHEN (
          n.k_1 IS NULL OR n.k_2 IS NULL
        )
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
INSERT INTO pg_temp.decision_line_to_left_390140 (
  row_no,
  target_tid,
  image,
  d_1,
  d_2,
  d_3,
  d_4,
  e_4
)
SELECT
  s.row_no,
  t.target_tid,
  CAST(NULL AS TEXT[]),
  s.c_1 AND t."doc" IS DISTINCT FROM s.v_1,
  s.c_2 AND t."line_no" IS DISTINCT FROM s.v_2,
  s.c_3 AND t."item" IS DISTINCT FROM s.v_3,
  s.c_4 AND t."qty" IS DISTINCT FROM s.v_4,
  s.c_4 AND NOT (
    t."qty" IS DISTINCT FROM s.v_4
  )
FROM pg_temp.stage_line_to_left_390140 AS s
CROSS JOIN LATERAL (
  SELECT
    t.ctid AS target_tid,
    t."doc",
    t."line_no",
    t."item",
    t."qty"
  FROM "erp"."line" AS t
  WHERE
    t."doc" = CAST((
      (
        CAST(s.target_key AS jsonb)
      ) ->> 0
    ) AS text) COLLATE "pg_catalog"."default"
    AND t."line_no" = CAST((
      (
        CAST(s.target_key AS jsonb)
      ) ->> 1
    ) AS integer)   FOR UPDATE SKIP LOCKED
) AS t
WHERE
  s.disposition IN ('update', 'gone')
  AND NOT s.target_key IN (
    SELECT
      o.record_key
    FROM sync.outbox AS o
    WHERE
      o.mapping_name = 'LINE' AND o.side = 'left' AND NOT o.new_key IS NULL
  );

-- detect: look for fields the other side changed too, and for open conflicts
INSERT INTO pg_temp.clash_line_to_left_390140 (
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
      CASE WHEN t."doc" IS DISTINCT FROM s.v_1 THEN 1 END,
      CASE WHEN t."line_no" IS DISTINCT FROM s.v_2 THEN 2 END,
      CASE WHEN t."item" IS DISTINCT FROM s.v_3 THEN 3 END,
      CASE WHEN t."qty" IS DISTINCT FROM s.v_4 THEN 4 END
    ] AS int[]),
    NULL
  ),
  CASE WHEN s.is_forced THEN CAST('{}' AS INT[]) ELSE q.opened END,
  CASE WHEN s.is_forced THEN q.known ELSE q.won END,
  CASE WHEN s.is_forced THEN CAST('{}' AS INT[]) ELSE q.lost END,
  COALESCE(s.modified_at >= w.captured_at, TRUE),
  w.before,
  w.layout_no
FROM pg_temp.decision_line_to_left_390140 AS d
  JOIN pg_temp.stage_line_to_left_390140 AS s
    ON s.row_no = d.row_no
CROSS JOIN LATERAL (
  SELECT
    t."doc",
    t."line_no",
    t."item",
    t."qty"
  FROM "erp"."line" AS t
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
                THEN t."doc" IS DISTINCT FROM CAST(w.before[1] AS text)
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
                THEN t."line_no" IS DISTINCT FROM CAST(w.before[2] AS integer)
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
                THEN t."item" IS DISTINCT FROM CAST(w.before[3] AS text)
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
                THEN t."qty" IS DISTINCT FROM CAST(w.before[4] AS numeric)
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
FROM pg_temp.clash_line_to_left_390140 AS c
  JOIN pg_temp.stage_line_to_left_390140 AS s
    ON s.row_no = c.row_no
CROSS JOIN LATERAL (
  SELECT
    t."doc",
    t."line_no",
    t."item",
    t."qty"
  FROM "erp"."line" AS t
  WHERE
    t."doc" = CAST((
      (
        CAST(s.target_key AS jsonb)
      ) ->> 0
    ) AS text) COLLATE "pg_catalog"."default"
    AND t."line_no" = CAST((
      (
        CAST(s.target_key AS jsonb)
      ) ->> 1
    ) AS integer)
  OFFSET 0
) AS t
CROSS JOIN LATERAL (
  VALUES
    (
      1,
      'doc',
      'doc',
      CAST(CAST(s.v_1 AS text) AS text),
      CAST(t."doc" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[1] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    ),
    (
      2,
      'line_no',
      'no',
      CAST(CAST(s.v_2 AS integer) AS text),
      CAST(t."line_no" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[2] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    ),
    (
      3,
      'item',
      'item',
      CAST(CAST(s.v_3 AS text) AS text),
      CAST(t."item" AS text),
      CASE WHEN c.target_layout = 1 THEN c.target_before[3] ELSE CAST(NULL AS text) END,
      'fail',
      TRUE
    ),
    (
      4,
      'qty',
      'qty',
      CAST(CAST(s.v_4 AS numeric) AS text),
      CAST(t."qty" AS text),
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
UPDATE pg_temp.decision_line_to_left_390140 AS d SET d_1 = CASE
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
END
FROM pg_temp.clash_line_to_left_390140 AS c
WHERE
  c.row_no = d.row_no;

-- update: write the changed fields of one hop count; SET names the fields that changed
UPDATE "erp"."line" AS t SET "doc" = CASE WHEN d.d_1 THEN s.v_1 ELSE t."doc" END, "line_no" = CASE WHEN d.d_2 THEN s.v_2 ELSE t."line_no" END, "item" = CASE WHEN d.d_3 THEN s.v_3 ELSE t."item" END, "qty" = CASE WHEN d.d_4 THEN s.v_4 ELSE t."qty" END
FROM pg_temp.decision_line_to_left_390140 AS d
  JOIN pg_temp.stage_line_to_left_390140 AS s
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
    CASE WHEN d.d_1 THEN CAST(CAST(s.v_1 AS text) AS text) ELSE o.before[1] END,
    CASE WHEN d.d_2 THEN CAST(CAST(s.v_2 AS integer) AS text) ELSE o.before[2] END,
    CASE WHEN d.d_3 THEN CAST(CAST(s.v_3 AS text) AS text) ELSE o.before[3] END,
    CASE
      WHEN (
        d.d_4 OR d.e_4
      )
      THEN CAST(CAST(s.v_4 AS numeric) AS text)
      ELSE o.before[4]
    END
  ] AS text[])
  ELSE o.before
END
FROM pg_temp.decision_line_to_left_390140 AS d
  JOIN pg_temp.stage_line_to_left_390140 AS s
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
    d.d_1 OR d.d_2 OR d.d_3 OR (
      d.d_4 OR d.e_4
    )
  );

-- insert: create the new target rows of one hop count
INSERT INTO "erp"."line" AS t (
  "doc",
  "line_no",
  "item",
  "qty"
)
SELECT
  s.k_1,
  s.k_2,
  s.v_3,
  s.v_4
FROM pg_temp.stage_line_to_left_390140 AS s
WHERE
  s.disposition = 'insert' AND s.hop = $1
ORDER BY
  s.row_no;

-- delete: delete the target rows the mapping says to
DELETE FROM "erp"."line" AS t USING   pg_temp.decision_line_to_left_390140 AS d
    JOIN pg_temp.stage_line_to_left_390140 AS s
      ON s.row_no = d.row_no
WHERE
  t.ctid = d.target_tid AND CASE WHEN s.disposition = 'gone' THEN s.hop = $1 END;
