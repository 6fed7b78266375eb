using System.Collections.Immutable;

namespace AllData.Encryption;

/// <summary>
/// Where a silo has its encryption keys from. Without one of the host's own in the container, the files of <see cref="Configuration.EncryptionOptions"/>. It is
/// asked for every block and every page that is read: it answers from memory, and on any thread.
/// </summary>
public interface IPayloadKeyProvider
{
    /// <summary>The key that new events are encrypted with; null: they are stored as they are.</summary>
    PayloadKey? Newest { get; }

    /// <summary>All keys that events may have been encrypted with, the newest included. What another key encrypted cannot be read.</summary>
    ImmutableArray<PayloadKey> All { get; }
}
