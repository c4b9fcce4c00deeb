/** Why something is not proven. `kind` as in Python: a form that does not fit, or a proof that does not hold. */
export class Refused extends Error {
  constructor(
    readonly kind: 'SCHEMA_INVALID' | 'PROOF_INVALID',
    readonly problem: string,
  ) {
    super(problem)
  }
}

export const malformed = (problem: string) => new Refused('SCHEMA_INVALID', problem)
export const unproven = (problem: string) => new Refused('PROOF_INVALID', problem)
