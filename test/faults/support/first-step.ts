import { clearResults, readResults } from './results.ts';
import { chosenRuns, isLong, suiteSeed } from './settings.ts';

/** Before the suite and after it: which seed this is, and what came of it. */
export default function start(): () => void {
  clearResults();
  const length = chosenRuns ? `${chosenRuns} runs each` : `the ${isLong ? 'long' : 'short'} version`;
  process.stdout.write(`Faults: ${length}, HEADGATE_FAULT_SEED=${suiteSeed}\n`);
  return () => {
    for (const { fault, promise, runs, violations, note } of readResults())
      process.stdout.write(`${fault} ${promise}: ${runs} runs, ${violations} violations${note ? ` (${note})` : ''}\n`);
  };
}
