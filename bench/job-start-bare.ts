import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { WebSocketServer } from 'ws';

const folder = isMainThread ? mkdtempSync(join(tmpdir(), 'headgate-bench-')) : (workerData as string);
const database = new Database(join(folder, 'jobs.db'));
database.pragma('journal_mode = WAL');
database.pragma('synchronous = FULL');

if (isMainThread) serve();
else work();

function serve(): void {
  database.exec('create table job (id text primary key, status text not null)');
  const insert = database.prepare("insert into job values (?, 'PENDING')");
  const worker = new Worker(new URL(import.meta.url), { workerData: folder });
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const id = randomUUID();
      insert.run(id);
      worker.postMessage(id);
      response.end(JSON.stringify({ data: { id, status: 'PENDING' } }));
    });
  });
  const sockets = new WebSocketServer({ server });
  worker.on('message', (id: string) => {
    for (const socket of sockets.clients) socket.send(JSON.stringify({ type: 'next', payload: { id, status: 'RUNNING' } }));
  });
  worker.once('online', () =>
    server.listen(0, '127.0.0.1', () => console.log(`ready at http://127.0.0.1:${(server.address() as AddressInfo).port}`)),
  );
  process.once('SIGTERM', () => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(0);
  });
}

function work(): void {
  const claim = database.prepare("update job set status = 'RUNNING' where id = ? and status = 'PENDING'");
  parentPort?.on('message', (id: string) => {
    claim.run(id);
    parentPort?.postMessage(id);
  });
}
