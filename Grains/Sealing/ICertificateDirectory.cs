using AllData.Certificates;
using AllData.Storage.Certificates;

namespace AllData.Sealing;

/// <summary>What the certificate log of a peer needs of the peer's data directory.</summary>
internal interface ICertificateDirectory
{
    /// <summary>Whether there is a log to use: the peer stores, and its silo is neither starting nor stopping.</summary>
    bool IsOpen { get; }

    /// <summary>Opens the log of the directory, or makes an empty one.</summary>
    /// <param name="origin">Which log it is.</param>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="FormatException">A file is of a newer program.</exception>
    IStoredCertificateLog Open(string origin);

    /// <summary>Signs with the key of the directory.</summary>
    /// <param name="name">The name that it signs under.</param>
    /// <param name="text">The text of a note.</param>
    NoteSignature Sign(string name, string text);
}
