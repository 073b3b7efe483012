/** The four answers. There is no "real": a detector that finds nothing has only found nothing. */
export type Outcome = 'strong' | 'some' | 'none' | 'cannot-tell';
