import { setTimeout as sleep } from 'node:timers/promises';
import { plainCanary } from '../support/canary.ts';
import { runCommand } from '../support/cli.ts';
import { mutate } from '../support/mutate.ts';
import { connect } from '../support/sync-jobs.ts';
import { fault } from './support/fault.ts';
import { addCredentials, countKeys, holdReadable, openedSecrets, servePeople } from './support/secrets.ts';
import { startSubject } from './support/subject.ts';
import { hold } from './support/violation.ts';

const more = 3_000;
const kills = 3;

fault(
  {
    id: 'F26',
    what: 'a rotation of the encryption keys is killed (SIGKILL) three times beside a gateway that uses the credentials and stores new ones',
    promises: ['G1', 'whole', 'secrets'],
    runs: { short: 1, long: 25 },
  },
  async (run) => {
    const password = plainCanary('password');
    const people = await servePeople(password);
    run.cleanUp(() => people.close());
    const subject = await startSubject(run);
    const { gateway, dataDir } = subject;
    const reading = await connect(gateway, people.input);
    // Its fingerprint is sealed as well.
    const writing = await mutate(gateway, 'createSourceConnection', { ...people.input, syncImmediately: false, idempotencyKey: 'once' });
    const { id: writingId } = writing['sourceConnection'];
    await mutate(gateway, 'createApiKey', { name: 'Robot', role: 'VIEWER' });
    addCredentials(dataDir, more);
    const names = [...openedSecrets(dataDir).keys()].sort();

    let stored = password;
    const stop = new AbortController();
    const use = async () => {
      while (!stop.signal.aborted) {
        await holdReadable(subject, reading.id);
        run.count('uses of a credential');
      }
    };
    const store = async () => {
      for (let number = 0; !stop.signal.aborted; number++) {
        const next = `${password}-${number}`;
        const input = { id: writingId, credentials: { password: next }, runSetupTests: false };
        const result = await mutate(gateway, 'updateSourceConnectionCredentials', input);
        hold('secrets', result.__typename === 'UpdateSourceConnectionCredentialsPayload', `a password was refused: ${JSON.stringify(result)}`);
        stored = next;
        run.count('new passwords');
      }
    };
    const working = Promise.all([use(), store()]);
    // Nobody listens to them until the end.
    working.catch(() => stop.abort());

    const rotate = (killAfterMs?: number) =>
      runCommand(['encryption-keys', 'rotate', '--json'], {
        env: { HEADGATE_DATA_DIR: dataDir },
        started: (child) => {
          const watch = async () => {
            // From the moment when there is a second key; what comes before it changes nothing.
            while (countKeys(dataDir) < 2 && child.exitCode === null) await sleep(1);
            await sleep(killAfterMs);
            child.kill('SIGKILL');
          };
          if (killAfterMs !== undefined) void watch();
        },
      });
    const holdAll = () => hold('secrets', [...openedSecrets(dataDir).keys()].sort().join() === names.join(), 'other secrets than before');
    for (let number = 0; number < kills; number++) {
      const { status } = await rotate(run.random(500));
      if (status === null && countKeys(dataDir) > 1) run.count('kills half-way');
      holdAll();
    }
    const { status, lines } = await rotate();
    hold('secrets', status === 0 && lines()[0].broken.length === 0, `the rotation ended with ${status}`);
    hold('secrets', countKeys(dataDir) === 1, 'an old key was left');
    stop.abort();
    await working;
    holdAll();
    const last = [...openedSecrets(dataDir).values()].some((text) => text.includes(`"${stored}"`));
    hold('G1', last, 'the last password that was acknowledged is not the one that is stored');
    await subject.kill();
    await subject.start();
    await holdReadable(subject, reading.id);
    const again = await mutate(subject.gateway, 'createSourceConnection', { ...people.input, syncImmediately: false, idempotencyKey: 'once' });
    hold('G1', again['sourceConnection']?.id === writingId, `an idempotency key was forgotten: ${JSON.stringify(again)}`);
    await subject.check();
  },
);
