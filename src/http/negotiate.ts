/** What the caller's Accept header allows, in our terms. */
export interface Acceptable {
  /** The media type for a single result; undefined when the caller takes none that we have. */
  readonly json: 'application/json' | 'application/graphql-response+json' | undefined;
  readonly eventStream: boolean;
}

const whateverWeLike: Acceptable = { json: 'application/json', eventStream: true };

/** The first known media type of the caller's list wins. */
export function negotiate(accept: string | undefined): Acceptable {
  if (!accept || accept === '*/*') return whateverWeLike;
  let json: Acceptable['json'];
  let eventStream = false;
  for (const range of accept.toLowerCase().split(',')) {
    const [type, ...parameters] = range.split(';').map((part) => part.trim());
    if (parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter) || /^charset=(?!"?utf-8"?$)/.test(parameter))) continue;
    if (type === 'text/event-stream') eventStream = true;
    else if (type === 'application/json' || type === 'application/graphql-response+json') json ??= type;
    else if (type === '*/*' || type === 'application/*') json ??= 'application/json';
    if (type === '*/*' || type === 'text/*') eventStream = true;
  }
  return { json, eventStream };
}
