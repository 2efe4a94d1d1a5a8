import type { DocumentNode, ExecutionResult } from 'graphql';

/** What an answer depends on. */
interface Asked {
  /** Given to more than one subscriber only if all of them may see the same. */
  readonly context: object;
  readonly event: unknown;
  readonly document: DocumentNode;
  /** Operation name and variables, as text. */
  readonly question: string;
}

type Answer = ExecutionResult | Promise<ExecutionResult>;

interface Answers {
  readonly event: unknown;
  readonly byDocument: Map<DocumentNode, Map<string, Answer>>;
}

const known = new WeakMap<object, Answers>();

/** Executes once for all subscribers that ask the same about an event in the same context: a thousand who watch a job cost as much as one. */
export function answerOnceForAll({ context, event, document, question }: Asked, execute: () => Answer): Answer {
  let answers = known.get(context);
  if (!answers || answers.event !== event) {
    answers = { event, byDocument: new Map() };
    known.set(context, answers);
  }
  const byQuestion = answers.byDocument.get(document) ?? new Map<string, Answer>();
  answers.byDocument.set(document, byQuestion);
  const answer = byQuestion.get(question) ?? execute();
  byQuestion.set(question, answer);
  return answer;
}
