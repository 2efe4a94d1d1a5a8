/**
 * Turns the text of a PostgreSQL array (`{1,NULL,{"a\"b"}}`) into JSON.
 * @param print the JSON of one element
 * @see "Array Input and Output Syntax" in the PostgreSQL manual
 */
export function printArray(text: string, delimiter: string, print: (element: string) => string): string {
  // `[0:1]={…}` says where the indices begin, which JSON cannot.
  let at = text.startsWith('[') ? text.indexOf('=') + 1 : 0;

  const quoted = (): string => {
    let value = '';
    for (at++; text[at] !== '"'; at++) {
      if (text[at] === '\\') at++;
      value += text[at];
    }
    at++;
    return print(value);
  };
  const bare = (): string => {
    const start = at;
    while (text[at] !== delimiter && text[at] !== '}') at++;
    const value = text.slice(start, at);
    return value === 'NULL' ? 'null' : print(value);
  };
  const list = (): string => {
    const items: string[] = [];
    at++;
    while (text[at] !== '}') {
      if (text[at] === delimiter) at++;
      items.push(text[at] === '{' ? list() : text[at] === '"' ? quoted() : bare());
    }
    at++;
    return `[${items.join(',')}]`;
  };
  return list();
}
