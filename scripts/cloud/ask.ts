/** How an account is asked: what is not there is no failure, and one thing after the other. */

const absences = /^(EntityNotFound|ResourceNotFound)Exception$/;

/** Undefined where AWS says that there is no such thing; everything else is thrown. */
export async function orAbsent<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    const { name, message } = error as Error;
    // Athena's word for a workgroup that is not there.
    if (absences.test(name) || (name === 'InvalidRequestException' && /not found/i.test(message)))
      return undefined;
    throw error;
  }
}

/** One after the other: the catalog throttles whoever asks for everything at once. */
export async function inTurn<T, R>(items: Iterable<T>, ask: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  for (const item of items) answers.push(await ask(item));
  return answers;
}
