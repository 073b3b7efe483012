/** What is wrong with credentials that could be read, in the order in which people should hear it. */
export type Problem =
  /** The pictures or sound are not those that were signed. */
  | 'content-changed'
  /** A statement in the manifest is missing or not the one that was signed. */
  | 'statement-changed'
  /** The signature does not belong to the manifest. */
  | 'signature-invalid'
  /** The signer's certificate may not be used for this, or not at that time. */
  | 'certificate-invalid'
  /** The time stamp does not hold. */
  | 'timestamp-invalid'
  /** The credentials of something that this file was made from do not hold. */
  | 'ingredient-invalid'
  /** A failure that has no plainer name here, or no sign that the checks were done at all. */
  | 'other';

/** Why credentials that are or may be there could not be read. */
export type UnreadableCode =
  /** The manifest, or the file around it, breaks the rules of the format. */
  | 'damaged'
  /** The file names a manifest on a server; nothing is fetched. */
  | 'remote'
  /** The file or its manifest is larger than `MAX_FILE_BYTES` or `MAX_MANIFEST_BYTES`. */
  | 'too-large'
  /** The check took longer than its limit. */
  | 'timed-out'
  /** The reader itself could not be loaded, offline for instance. */
  | 'reader-unavailable'
  /** The reader died, of lack of memory or of what it read. */
  | 'reader-failed'
  /** The browser could not read the file, which was moved or deleted perhaps. */
  | 'file-unreadable'
  | 'cancelled';

/** Whose signature it is, as the certificate says. Anybody can write any name into a certificate of their own. */
export interface Signer {
  /** The certificate's common name. */
  name: string | null;
  /** The organisation in the certificate's subject. */
  organisation: string | null;
  /** Whether the certificate leads to one on the trust list; `unchecked` where there is no list. */
  trusted: 'yes' | 'no' | 'unchecked';
}

/** Credentials that are there and could be read. Every string is plain text of bounded length, by whoever made the file. */
export interface PresentCredentials {
  state: 'present';
  /** The signature holds, and the file is the one that was signed. Says nothing about who signed. */
  intact: boolean;
  /** Empty exactly when intact. */
  problems: Problem[];
  signer: Signer;
  /** The program that made the manifest. */
  claimGenerator: string | null;
  /** ISO 8601, from the signature's time stamp, whose maker is not checked either; null without one. */
  signedAt: string | null;
  /** C2PA action names such as `c2pa.created`, each once, first use first. */
  actions: string[];
  /** IPTC digital source types such as `trainedAlgorithmicMedia`, from the file's own actions. */
  sources: string[];
  /** The same from the manifests of what it was made from. */
  earlierSources: string[];
  /** How many files it says it was made from. */
  ingredients: number;
}

/** What a file says about its own origin, by C2PA. It has no part in the verdict. */
export type Credentials =
  { state: 'none' } | PresentCredentials | { state: 'unreadable'; code: UnreadableCode };
