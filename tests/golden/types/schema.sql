create schema a;
create schema b;
create type a.mood as enum ('sad', 'ok', 'happy');
create domain b.small as integer check (value < 1000);
create table a.thing (id int primary key, amount numeric(18,5), at timestamptz, day date, raw bytea, doc jsonb, txt json, tags text[],
    feel a.mood, ratio double precision, span interval, flag boolean, doubled numeric generated always as (amount * 2) stored);
create table b.thing (id int primary key, amount numeric(18,2), at timestamptz, day date, raw bytea, doc jsonb, txt json, tags text[],
    feel text, ratio double precision, span interval, flag boolean, number b.small, doubled numeric);
