using AllData.Certificates;
using AllData.Sealing;
using AllData.Simulation.Machines;
using AllData.Simulation.Storage;
using AllData.Storage.Certificates;

namespace AllData.Simulation.Sealing;

/// <summary>A simulated data directory, as the certificate log of its peer uses it.</summary>
internal sealed class SimulatedCertificateDirectory(Machine machine) : ICertificateDirectory
{
    private readonly Disk _disk = machine.Disk;

    /// <inheritdoc/>
    public bool IsOpen => _disk.Ordinal > 0;

    /// <inheritdoc/>
    public IStoredCertificateLog Open(string origin) => new SimulatedCertificateLog(machine.Cluster.Certificates, _disk, origin);

    /// <inheritdoc/>
    public NoteSignature Sign(string name, string text) => new NoteSigner(name, _disk.Key).Sign(text);
}
