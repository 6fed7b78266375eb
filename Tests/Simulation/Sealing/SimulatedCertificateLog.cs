using AllData.Certificates;
using AllData.Protocol.Certificates;
using AllData.Simulation.Storage;
using AllData.Simulation.Truth;
using AllData.Storage.Certificates;

namespace AllData.Simulation.Sealing;

/// <summary>The certificate log on a simulated disk, as one life of a silo has opened it.</summary>
internal sealed class SimulatedCertificateLog : IStoredCertificateLog
{
    private readonly CertificateTruth _truth;
    private readonly Disk _disk;

    /// <summary>Opens it.</summary>
    public SimulatedCertificateLog(CertificateTruth truth, Disk disk, string origin)
    {
        (_truth, _disk, Log, Memory) = (truth, disk, new CertificateLog(origin), disk.Certificates.Memory.Opened());
        disk.Certificates.Texts.ForEach(text => Log.Append(IntervalCertificate.Parse(text)));
    }

    /// <inheritdoc/>
    public CertificateLog Log { get; private set; }

    /// <inheritdoc/>
    public SignedCheckpoint? Head => _disk.Certificates.Head;

    /// <inheritdoc/>
    public SigningMemory Memory { get; private set; }

    /// <inheritdoc/>
    public string? Damage => null;

    /// <inheritdoc/>
    public string Read(int index) => _disk.Certificates.Texts[index];

    /// <inheritdoc/>
    public void Append(IReadOnlyList<string> texts, SignedCheckpoint head)
    {
        var log = Log.Copy();
        foreach (var text in texts)
        {
            log.Append(IntervalCertificate.Parse(text));
        }

        if (log.Head != head.Head)
        {
            throw new CertificateFormatException($"The entries make the head {log.Head.Size}, and not {head.Head.Size}.");
        }

        Write(_disk.Certificates with { Texts = _disk.Certificates.Texts.AddRange(texts), Head = head, Memory = Memory.Settled(head.Head.Size) });
        Log = log;
        _truth.OnAppended(_disk, texts, head.Head);
    }

    /// <inheritdoc/>
    public void Remember(SigningMemory memory)
    {
        if (!ReferenceEquals(memory, Memory))
        {
            Write(_disk.Certificates with { Memory = memory });
            _truth.OnRemembered(_disk, memory);
        }
    }

    /// <inheritdoc/>
    public void TryWriting() => Write(_disk.Certificates);

    /// <inheritdoc/>
    public void Dispose()
    {
        // What is on the disk stays there.
    }

    private void Write(CertificateShelf shelf)
    {
        if (_disk.IsFull)
        {
            throw new IOException("The disk is full.");
        }

        (_disk.Certificates, Memory) = (shelf, shelf.Memory);
    }
}
