/** Asks a relay whether pages of this origin may connect to it, which a refused upgrade does not tell. */
export function check(relay: string): Promise<{ ok: boolean; protocols?: string[]; code?: string; message?: string }>;
