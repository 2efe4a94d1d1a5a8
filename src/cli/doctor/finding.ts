/** What one look found. */
export interface Finding {
  readonly check: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly message: string;
  /** What to do about it; `null` when there is nothing to do. */
  readonly remedy: string | null;
}

export const ok = (check: string, message: string): Finding => ({ check, status: 'ok', message, remedy: null });
export const warn = (check: string, message: string, remedy: string): Finding => ({ check, status: 'warn', message, remedy });
export const fail = (check: string, message: string, remedy: string): Finding => ({ check, status: 'fail', message, remedy });
