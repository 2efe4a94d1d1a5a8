import Database from 'better-sqlite3';

/** A process that holds the write lock of a database, or writes into it as fast as it can: `hold-lock.ts PATH hold|write MILLISECONDS`. */
const [path = '', how = 'hold', milliseconds = '0'] = process.argv.slice(2);
const database = new Database(path, { timeout: 10_000 });
const end = Date.now() + Number(milliseconds);
const insert = database.prepare(`insert into organization values (?, ?, 0)`);
if (how === 'hold') {
  database.exec('begin immediate');
  process.stdout.write('holding\n');
  await new Promise((resolve) => setTimeout(resolve, Number(milliseconds)));
  database.exec('commit');
} else {
  let written = 0;
  process.stdout.write('holding\n');
  while (Date.now() < end) {
    database.transaction(() => insert.run(`org_other_${++written}`, `Written by another process, ${written}`)).immediate();
    if (written % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  process.stdout.write(`written ${written}\n`);
}
database.close();
