import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Database from 'better-sqlite3';

/**
 * The least that can serve the page: one prepared join, objects made by hand, JSON.stringify. It knows the one question and checks nothing.
 * Arguments: the control database, the binding of the cursors, and the sources as JSON by short name.
 */
const [path = '', binding = '', sourcesJson = '{}'] = process.argv.slice(2);
const sources = JSON.parse(sourcesJson) as Record<string, object>;
const database = new Database(path, { readonly: true });
const page = database.prepare<[string, number], Record<string, string & number>>(`
  select c.id, c.version, c.name, c.description, c.status, c.auth_method, c.created_at, c.updated_at, c.source_short_name,
    j.id as job_id, j.status as job_status, j.trigger, j.attempt, j.records_read, j.records_inserted,
    j.created_at as job_created_at, j.started_at, j.completed_at
  from source_connection c left join sync_job j on j.id = c.latest_sync_job_id
  where c.organization_id = ? and c.status <> 'DELETED' order by c.id desc limit ?`);
const organization = database.prepare<[], { id: string }>('select id from organization').get()?.id ?? '';
const iso = (time: number | undefined) => (time == null ? null : new Date(time).toISOString());
const cursorOf = (id: string | undefined) => Buffer.from(JSON.stringify([binding, id])).toString('base64url');

function answer(first: number): string {
  const found = page.all(organization, first + 1);
  const edges = found.slice(0, first).map((row) => ({
    cursor: cursorOf(row['id']),
    node: {
      id: row['id'],
      version: row['version'],
      name: row['name'],
      description: row['description'],
      status: row['status'],
      authMethod: row['auth_method'],
      createdAt: iso(row['created_at']),
      updatedAt: iso(row['updated_at']),
      source: sources[row['source_short_name'] ?? ''],
      latestSyncJob: row['job_id'] && {
        id: row['job_id'],
        status: row['job_status'],
        trigger: row['trigger'],
        attempt: row['attempt'],
        recordsRead: row['records_read'],
        recordsInserted: row['records_inserted'],
        createdAt: iso(row['job_created_at']),
        startedAt: iso(row['started_at']),
        completedAt: iso(row['completed_at']),
        durationMs: Number(row['completed_at']) - Number(row['started_at']),
      },
    },
  }));
  const pageInfo = {
    hasNextPage: found.length > first,
    hasPreviousPage: false,
    startCursor: edges[0]?.cursor ?? null,
    endCursor: edges.at(-1)?.cursor ?? null,
  };
  return JSON.stringify({ data: { sourceConnections: { edges, pageInfo } } });
}

const server = createServer((request, response) => {
  let text = '';
  request.setEncoding('utf8');
  request.on('data', (chunk: string) => {
    text += chunk;
  });
  request.on('end', () => {
    const { variables } = JSON.parse(text) as { variables: { first: number } };
    const body = answer(variables.first);
    response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body) });
    response.end(body);
  });
});
server.listen(0, '127.0.0.1', () => console.log(`ready at http://127.0.0.1:${(server.address() as AddressInfo).port}`));
