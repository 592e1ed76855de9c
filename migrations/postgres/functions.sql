-- SQLite's functions that core's statements use, for PostgreSQL. Run before the numbered files, which are shared.

CREATE OR REPLACE FUNCTION json_each(document text) RETURNS TABLE (key bigint, value text)
LANGUAGE sql IMMUTABLE AS $$
  SELECT place - 1, CASE jsonb_typeof(element) WHEN 'string' THEN element #>> '{}' ELSE element::text END
    FROM jsonb_array_elements(document::jsonb) WITH ORDINALITY AS listed (element, place)
$$;

CREATE OR REPLACE FUNCTION json_extract(document text, path text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_path_query_first(document::jsonb, path::jsonpath) #>> '{}'
$$;
