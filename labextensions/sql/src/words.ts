/** The words of SQL that queries are made of, the same in all dialects or nearly so. */
export const words: readonly string[] =
  'all alter and any as asc avg between by case cast coalesce count create cross current_date current_timestamp delete desc distinct drop else end except exists explain extract false fetch filter first from full group having ilike in inner insert intersect interval into is join lateral left like limit max min natural not null nulls offset on or order outer over partition recursive right row_number rows select set sum table then true union unnest update using values view when where window with'.split(
    ' '
  );
