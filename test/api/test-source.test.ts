import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canaryNamed } from '../support/canary.ts';
import { countControlRows } from '../support/control-rows.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { issuePaths, mutate } from '../support/mutate.ts';

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.cleanUp());
const test = (input: object) => mutate(gateway, 'testSource', input);

describe('testing configuration that is not saved', () => {
  it('says how it went and what the source offers, and saves only the test', async () => {
    const rows = countControlRows(gateway);
    const result = await test({ sourceShortName: 'faker', config: { count: 5 } });
    expect(result).toMatchObject({
      __typename: 'TestSourcePayload',
      test: { id: expect.stringMatching(/^test_/), status: 'PASSED' },
      streams: [
        { name: 'users', namespace: null, defaultCursorField: ['updated_at'], sourceDefinedPrimaryKey: [['id']] },
        { name: 'products' },
        { name: 'orders' },
      ],
    });
    expect(countControlRows(gateway)).toEqual({ ...rows, connection_test: rows.connection_test + 1 });
  });

  it('that fails is a payload with the step that failed and no streams', async () => {
    expect(await test({ sourceShortName: 'files', config: { path: 'no-such.csv' } })).toMatchObject({
      __typename: 'TestSourcePayload',
      test: { status: 'FAILED', steps: [{ title: 'Open the file', status: 'FAILED' }] },
      streams: null,
    });
    expect(
      await test({
        sourceShortName: 'postgresql',
        credentials: { host: '127.0.0.1', port: 1, database: 'd', username: 'u', password: canaryNamed('password') },
      }),
    ).toMatchObject({ test: { status: 'FAILED' }, streams: null });
  });

  it('never reads a file outside the folder for files', async () => {
    for (const path of ['/etc/passwd', '../../../../../../etc/passwd', 'package.json\u0000.csv'])
      expect(await test({ sourceShortName: 'files', config: { path } })).toMatchObject({ test: { status: 'FAILED' }, streams: null });
  });

  it('never dials an address that clouds hand out credentials at', async () => {
    for (const host of ['169.254.169.254', '[::ffff:169.254.169.254]', '0xA9FEA9FE', '2852039166'])
      expect(await test({ sourceShortName: 'files', config: { url: `http://${host}/latest/meta-data/` } })).toMatchObject({
        test: { status: 'FAILED' },
        streams: null,
      });
  });

  it.each<[string, object, string[]]>([
    ['an unknown source', { sourceShortName: 'oracle' }, ['sourceShortName']],
    ['an unknown field', { sourceShortName: 'faker', config: { rows: 1 } }, ['config.rows']],
    [
      'a wrong type and a missing field',
      { sourceShortName: 'files', config: { path: 1 }, credentials: { username: 'ada' } },
      ['config.path', 'credentials.password'],
    ],
    [
      'an auth method that the source does not offer',
      { sourceShortName: 'faker', config: { seed: 'x' }, authMethod: 'API_KEY' },
      ['authMethod', 'config.seed'],
    ],
  ])('refuses %s by its path', async (_title, input, paths) => {
    const rows = countControlRows(gateway);
    expect(issuePaths(await test(input))).toEqual(paths);
    expect(countControlRows(gateway)).toEqual(rows);
  });
});
