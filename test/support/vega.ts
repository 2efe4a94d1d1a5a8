import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import type { Client } from 'pg';

/** A file of the vega-datasets package: real data with real oddities. */
export const vegaFile = (name: string): string => join(import.meta.dirname, '../../node_modules/vega-datasets/data', name);

interface Flight {
  readonly date: string;
  readonly delay: number;
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

export interface VegaData {
  readonly airports: readonly Record<string, string>[];
  readonly stocks: readonly Record<string, string>[];
  readonly flights: readonly Flight[];
}

async function readVega(): Promise<VegaData> {
  const csv = async (name: string) => parse<Record<string, string>>(await readFile(vegaFile(name)), { columns: true });
  return {
    airports: await csv('airports.csv'),
    stocks: await csv('stocks.csv'),
    flights: JSON.parse(await readFile(vegaFile('flights-2k.json'), 'utf8')) as Flight[],
  };
}

/** Creates and fills `airports` (key iata), `stocks` (key symbol, date) and `flights` (no key). */
export async function loadVega(client: Client): Promise<VegaData> {
  const data = await readVega();
  await client.query(`
    create table airports (iata text primary key, name text not null, city text, state text, country text not null, latitude float8 not null, longitude float8 not null);
    create table stocks (symbol text, date date, price numeric(10, 2) not null, primary key (symbol, date));
    create table flights (date timestamp not null, delay int not null, distance int not null, origin text not null, destination text not null)`);
  const insert = (table: string, rows: readonly object[]) =>
    client.query(`insert into ${table} select * from json_populate_recordset(null::${table}, $1)`, [JSON.stringify(rows)]);
  await insert('airports', data.airports);
  await insert('stocks', data.stocks);
  await insert('flights', data.flights);
  return data;
}
