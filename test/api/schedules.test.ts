import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { issuePaths, mutate } from '../support/mutate.ts';
import { seed } from '../support/seed.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(async () => {
  await gateway?.cleanUp();
});

interface Page {
  readonly nodes: { readonly id: string }[];
  readonly pageInfo: { readonly startCursor: string; readonly endCursor: string; readonly hasNextPage: boolean; readonly hasPreviousPage: boolean };
}

const timing = `id version updatedAt createdAt nextScheduledRun health pauseReason pauseAt freshness { sensitivity thresholdMinutes }
  schedule { type cronExpression timezone intervalMinutes dailySyncTime upcomingRuns(count: 2) }`;
const read = async (id: string) => (await gateway.query(`query ($id: ID!) { sourceConnection(id: $id) { ${timing} } }`, { id })).sourceConnection;
const created = async (input: object) =>
  read(
    (
      await seed(gateway)
        .connection({ runSetupTests: false, ...input })
        .created()
    ).id,
  );
const update = (id: string, input: object) => mutate(gateway, 'updateSourceConnection', { id, ...input }, `sourceConnection { ${timing} }`);
const preview = (schedule: object, count?: number) =>
  gateway.execute('query ($schedule: ScheduleInput!, $count: Int! = 5) { schedulePreview(schedule: $schedule, count: $count) }', {
    schedule,
    ...(count === undefined ? {} : { count }),
  });
const runsOf = async (schedule: object, count?: number): Promise<string[]> => (await preview(schedule, count)).data?.['schedulePreview'] as string[];

describe('a new source connection', () => {
  test('has no schedule unless one is given', async () => {
    expect(await created({})).toMatchObject({
      nextScheduledRun: null,
      health: 'ON_SCHEDULE',
      pauseReason: null,
      pauseAt: null,
      freshness: { sensitivity: 'NORMAL', thresholdMinutes: null },
      schedule: { type: 'MANUAL', cronExpression: null, timezone: 'UTC', intervalMinutes: null, dailySyncTime: null, upcomingRuns: [] },
    });
  });

  test('runs by a cron expression, in its time zone', async () => {
    const schedule = { cron: { expression: '30 9 * * *', timezone: 'Asia/Kolkata' } };
    const connection = await created({ schedule });
    expect(connection.schedule).toMatchObject({ type: 'CRON', cronExpression: '30 9 * * *', timezone: 'Asia/Kolkata', intervalMinutes: null });
    expect(connection.schedule.upcomingRuns).toHaveLength(2);
    for (const run of connection.schedule.upcomingRuns) expect(run).toMatch(/T04:00:00\.000Z$/);
    expect(connection.nextScheduledRun).toBe(connection.schedule.upcomingRuns[0]);
    expect(await runsOf(schedule, 2)).toEqual(connection.schedule.upcomingRuns);
  });

  test('counts an interval from its creation', async () => {
    const connection = await created({ schedule: { interval: { minutes: 15 } } });
    const createdAt = Date.parse(connection.createdAt);
    expect(connection.schedule).toMatchObject({ type: 'INTERVAL', intervalMinutes: 15, timezone: 'UTC' });
    expect(Date.parse(connection.nextScheduledRun)).toBe(Math.floor(createdAt / 1000) * 1000 + 15 * 60_000);
  });

  test('takes freshness and the time to pause along', async () => {
    const pauseAt = '2099-01-01T00:00:00.000Z';
    const connection = await created({ freshness: { sensitivity: 'CUSTOM', thresholdMinutes: 90 }, pauseAt });
    expect(connection).toMatchObject({ freshness: { sensitivity: 'CUSTOM', thresholdMinutes: 90 }, pauseAt, pauseReason: null });
  });

  test('is refused with everything that is wrong, by field', async () => {
    const refused = await mutate(gateway, 'createSourceConnection', {
      name: 'Wrong',
      sourceShortName: 'faker',
      config: { count: -1 },
      schedule: { cron: { expression: '0 0 31 2 *', timezone: 'Nowhere' } },
      freshness: { sensitivity: 'CUSTOM' },
      pauseAt: '2020-01-01T00:00:00Z',
    });
    expect(issuePaths(refused)).toEqual([
      'config.count',
      'freshness.thresholdMinutes',
      'pauseAt',
      'schedule.cron.expression',
      'schedule.cron.timezone',
    ]);
    const short = await mutate(gateway, 'createSourceConnection', { name: 'X', sourceShortName: 'faker', schedule: { interval: { minutes: 2 } } });
    expect(issuePaths(short)).toEqual(['name', 'schedule.interval.minutes']);
  });
});

describe('an update', () => {
  test('sets, keeps and clears a schedule', async () => {
    const { id } = await created({});
    const { sourceConnection: set } = await update(id, { schedule: { interval: { minutes: 60 } } });
    expect(set.schedule).toMatchObject({ type: 'INTERVAL', intervalMinutes: 60 });
    expect(Date.parse(set.nextScheduledRun) - Date.parse(set.updatedAt)).toBeLessThanOrEqual(60 * 60_000);
    // The same again does not put the run off.
    const { sourceConnection: again } = await update(id, { schedule: { interval: { minutes: 60 } } });
    expect(again.nextScheduledRun).toBe(set.nextScheduledRun);
    const { sourceConnection: named } = await update(id, { name: 'Another name' });
    expect(named).toMatchObject({ nextScheduledRun: set.nextScheduledRun, schedule: { type: 'INTERVAL' } });
    const { sourceConnection: daily } = await update(id, { schedule: { interval: { minutes: 1440, dailySyncTime: '06:30', timezone: 'UTC' } } });
    expect(daily.nextScheduledRun).toMatch(/T06:30:00\.000Z$/);
    for (const schedule of [{ manual: true }, null]) {
      await update(id, { schedule: { interval: { minutes: 60 } } });
      expect((await update(id, { schedule }))['sourceConnection']).toMatchObject({ nextScheduledRun: null, schedule: { type: 'MANUAL' } });
    }
  });

  test('changes freshness and the time to pause, and clears them', async () => {
    const { id } = await created({});
    const { sourceConnection } = await update(id, { freshness: { sensitivity: 'HIGH' }, pauseAt: '2099-01-01T00:00:00Z' });
    expect(sourceConnection).toMatchObject({ freshness: { sensitivity: 'HIGH', thresholdMinutes: null }, pauseAt: '2099-01-01T00:00:00.000Z' });
    expect((await update(id, { freshness: null, pauseAt: null }))['sourceConnection']).toMatchObject({
      freshness: { sensitivity: 'NORMAL' },
      pauseAt: null,
    });
  });

  test('is refused as a whole', async () => {
    const { id } = await created({ sourceShortName: 'files', config: { path: 'orders.csv' } });
    const refused = await update(id, {
      schedule: { manual: false },
      freshness: { sensitivity: 'LOW', thresholdMinutes: 5 },
      pauseAt: '2020-01-01T00:00:00Z',
    });
    expect(issuePaths(refused)).toEqual(['freshness.thresholdMinutes', 'pauseAt', 'schedule.manual']);
    expect(issuePaths(await update(id, { schedule: { continuous: true }, name: 'Not this' }))).toEqual(['schedule.continuous']);
    expect(await read(id)).toMatchObject({ version: 1, schedule: { type: 'MANUAL' } });
  });
});

describe('a preview', () => {
  test('has five runs unless told otherwise, and 100 at most', async () => {
    const quarterly = { cron: { expression: '*/15 * * * *' } };
    const runs = await runsOf(quarterly, 100);
    expect(runs).toHaveLength(100);
    expect(runs.every((run, index) => index === 0 || Date.parse(run) - Date.parse(runs[index - 1] ?? '') === 15 * 60_000)).toBe(true);
    expect(await runsOf(quarterly)).toHaveLength(5);
    expect(await runsOf({ manual: true })).toEqual([]);
    const [first = ''] = await runsOf({ interval: { minutes: 1 } }, 1);
    expect(Date.parse(first) - Date.now()).toBeLessThanOrEqual(60_000);
    expect((await preview(quarterly, 101)).errors?.[0]?.extensions?.['code']).toBe('LIMIT_EXCEEDED');
    expect((await preview(quarterly, 0)).errors?.[0]?.extensions).toMatchObject({ code: 'VALIDATION_FAILED', issues: [{ path: ['count'] }] });
  });

  test('says what is wrong as the mutations do', async () => {
    const { errors } = await preview({ cron: { expression: 'every monday' } });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'VALIDATION_FAILED', issues: [{ path: ['schedule', 'cron', 'expression'] }] });
  });

  test('takes exactly one kind of schedule', async () => {
    expect((await preview({ manual: true, interval: { minutes: 60 } })).errors).toHaveLength(1);
    expect((await preview({})).errors).toHaveLength(1);
  });
});

test('the order by next run has those without one last, from either end, page by page', async () => {
  const collection = (await mutate(gateway, 'createCollection', { name: 'Ordered by next run' }))['collection'];
  const make = async (schedule?: object) => (await created({ collection: { id: collection.id }, ...(schedule ? { schedule } : {}) })).id as string;
  const yearly = (year: number) => ({ cron: { expression: `0 0 0 1 1 ? ${year}` } });
  const none = [await make(), await make()];
  const [late, early, middle] = [await make(yearly(2092)), await make(yearly(2090)), await make(yearly(2091))];
  none.push(await make());

  const document = `query ($direction: OrderDirection!, $collection: ID!, $first: Int, $after: String, $last: Int, $before: String) {
    sourceConnections(filter: { collectionId: $collection }, orderBy: { field: NEXT_SCHEDULED_RUN, direction: $direction }, first: $first, after: $after, last: $last, before: $before) {
      nodes { id } pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
    } }`;
  const walk = async (direction: string, backwards: boolean) => {
    const ids: string[] = [];
    let cursor: string | null = null;
    for (;;) {
      const args: object = backwards ? { last: 2, before: cursor } : { first: 2, after: cursor };
      const page: Page = (await gateway.query(document, { direction, collection: collection.id, ...args })).sourceConnections;
      const { nodes, pageInfo } = page;
      const part = nodes.map(({ id }) => id);
      ids.splice(backwards ? 0 : ids.length, 0, ...part);
      if (!(backwards ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) return ids;
      cursor = backwards ? pageInfo.startCursor : pageInfo.endCursor;
    }
  };
  const ascending = [early, middle, late, ...none];
  const descending = [late, middle, early, ...[...none].reverse()];
  for (const backwards of [false, true]) {
    expect(await walk('ASC', backwards)).toEqual(ascending);
    expect(await walk('DESC', backwards)).toEqual(descending);
  }
});
