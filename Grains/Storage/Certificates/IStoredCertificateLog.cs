using AllData.Certificates;
using AllData.Protocol.Certificates;

namespace AllData.Storage.Certificates;

/// <summary>
/// The cluster's certificate log as one peer keeps it, and what the peer has signed. Its entries are those under the head that it has last seen valid; an
/// entry that is only signed lies with what was signed. One caller at a time.
/// </summary>
internal interface IStoredCertificateLog : IDisposable
{
    /// <summary>The log in memory.</summary>
    CertificateLog Log { get; }

    /// <summary>The newest valid head; null while the log is empty.</summary>
    SignedCheckpoint? Head { get; }

    /// <summary>What was signed and refused.</summary>
    SigningMemory Memory { get; }

    /// <summary>What was wrong when it was opened: a sentence; null when nothing was.</summary>
    string? Damage { get; }

    /// <summary>Reads the text of an entry.</summary>
    /// <exception cref="IOException">It cannot be read, or is not what was written.</exception>
    string Read(int index);

    /// <summary>Takes entries that a valid head covers, and that head; durable when it returns.</summary>
    /// <param name="texts">The entries behind those that are held; none: only the head has other signatures.</param>
    /// <param name="head">The head, which the caller has found valid.</param>
    /// <exception cref="CertificateFormatException">They are not what the head says.</exception>
    /// <exception cref="IOException">They could not be written: the log must be opened again.</exception>
    void Append(IReadOnlyList<string> texts, SignedCheckpoint head);

    /// <summary>Remembers what is about to be signed or refused; durable when it returns, and only then may the signature leave.</summary>
    /// <exception cref="IOException">It could not be written: nothing may be signed until the log is opened again.</exception>
    void Remember(SigningMemory memory);

    /// <summary>Writes as much as an entry may take, durably, beside the log, and removes it: after a failure, whether it can be written again.</summary>
    /// <exception cref="IOException">It cannot.</exception>
    void TryWriting();
}
