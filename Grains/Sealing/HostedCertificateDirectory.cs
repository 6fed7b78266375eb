using AllData.Certificates;
using AllData.Membership;
using AllData.Storage.Certificates;

namespace AllData.Sealing;

/// <summary>The data directory of this silo's peer, as its certificate log uses it.</summary>
internal sealed class HostedCertificateDirectory(HostedPeer hostedPeer, CertificateFileSeams seams) : ICertificateDirectory
{
    /// <inheritdoc/>
    public bool IsOpen => hostedPeer.Store is not null && hostedPeer.ClusterId != Guid.Empty;

    /// <inheritdoc/>
    public IStoredCertificateLog Open(string origin) =>
        StoredCertificateLog.Open(hostedPeer.Directory.Path, hostedPeer.Directory.DirectoryId, origin, seams);

    /// <inheritdoc/>
    public NoteSignature Sign(string name, string text) => hostedPeer.Directory.SigningKey.Use(key => new NoteSigner(name, key).Sign(text));
}
