-- Pairs with the reasons of those that a person has to look at, and these at most at `held_back_at`; then each with the
-- probability that it has beside the sure matches of its records in the same lists, the surest first.
-- A list has a company once: where one of its records is surely the match (the odds o of `merge_at` and more), another one
-- with odds p is it with a probability of p / (1 + p + o). So 南京药石 is not asked about once 南京冠石 is found.
WITH judged AS (SELECT *, nullif(concat_ws(' ', {reasons}), '') AS reason FROM pairs),
held AS (
    SELECT *, probability / greatest(1 - probability, 1e-15) AS odds FROM (
        SELECT * REPLACE (CASE WHEN reason IS NULL THEN probability ELSE least(probability, {held_back_at}) END AS probability)
        FROM judged
    )
),
sure AS (
    SELECT one, dataset, sum(odds ORDER BY other) AS odds
    FROM (
        SELECT left_id AS one, right_id AS other, odds FROM held WHERE probability >= {merge_at}
        UNION ALL SELECT right_id, left_id, odds FROM held WHERE probability >= {merge_at}
    ) JOIN datasets ON record_id = other
    GROUP BY ALL
)
SELECT * FROM (
    SELECT held.* REPLACE (CASE WHEN probability >= {merge_at} THEN probability
        ELSE held.odds / (1 + held.odds + coalesce(a.odds, 0) + coalesce(b.odds, 0)) END AS probability)
    FROM held JOIN datasets l ON l.record_id = left_id JOIN datasets r ON r.record_id = right_id
    LEFT JOIN sure a ON a.one = left_id AND a.dataset = r.dataset
    LEFT JOIN sure b ON b.one = right_id AND b.dataset = l.dataset
) WHERE probability >= {least}
ORDER BY probability DESC, left_id, right_id
