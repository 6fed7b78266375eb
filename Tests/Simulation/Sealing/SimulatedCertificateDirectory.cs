using AllData.Certificates;
using AllData.Sealing;
using AllData.Simulation.Running;
using AllData.Simulation.Storage;
using AllData.Storage.Certificates;

namespace AllData.Simulation.Sealing;

/// <summary>A simulated data directory, as the certificate log of its peer uses it.</summary>
internal sealed class SimulatedCertificateDirectory(World world, Disk disk) : ICertificateDirectory
{
    /// <inheritdoc/>
    public bool IsOpen => disk.Ordinal > 0;

    /// <inheritdoc/>
    public IStoredCertificateLog Open(string origin) => new SimulatedCertificateLog(world, disk, origin);

    /// <inheritdoc/>
    public NoteSignature Sign(string name, string text) => new NoteSigner(name, disk.Key).Sign(text);
}
