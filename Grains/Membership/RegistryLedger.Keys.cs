using AllData.Errors;
using AllData.Peers;
using AllData.Storage.Directories;

namespace AllData.Membership;

/// <summary>The public keys of the data directories, each announced once.</summary>
internal static partial class RegistryLedger
{
    /// <summary>
    /// A directory keeps its key as long as its ordinal. One with another key has lost the memory of what it signed, or is a copy: under its old ordinal it
    /// could sign what contradicts that.
    /// </summary>
    private static void TakeKey(RegistryState next, PeerAnnouncement announcement, int ordinal)
    {
        // An older silo announces no key; the one that is known stays.
        if (string.IsNullOrEmpty(announcement.PublicKey))
        {
            return;
        }

        if (!SigningKey.IsPublicKey(announcement.PublicKey))
        {
            throw new PeerRefusedException(
                $"Peer '{announcement.Peer}' announces a public key that is none: base64 of a SubjectPublicKeyInfo of ECDSA P-256 is expected.",
                announcement.Peer);
        }

        var given = next.Ordinals.Find(o => o.Ordinal == ordinal)!;
        if (string.IsNullOrEmpty(given.PublicKey))
        {
            given.PublicKey = announcement.PublicKey;
        }
        else if (given.PublicKey != announcement.PublicKey)
        {
            throw new PeerRefusedException(
                $"The data directory of peer '{announcement.Peer}' has another {DataDirectory.KeyName} than the one that it announced as ordinal {ordinal}. "
                + $"Put the file back, or give the directory a new identity, which keeps its events: {WaysOut.RenewDirectory("DIR")}",
                announcement.Peer);
        }
    }
}
