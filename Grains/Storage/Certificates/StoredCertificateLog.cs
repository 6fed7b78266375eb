using System.Text;
using AllData.Certificates;
using AllData.Protocol.Certificates;
using AllData.Storage.Directories;

namespace AllData.Storage.Certificates;

/// <summary>The cluster's certificate log in the data directory of one peer.</summary>
/// <remarks>
/// A write has three steps, each durable before the next: the entries, the head, and what the head has settled. A crash before the head leaves entries that
/// no head covers, which are cut off when the log is opened again; they come again from the other peers.
/// </remarks>
internal sealed class StoredCertificateLog : IStoredCertificateLog
{
    /// <summary>The folder within a data directory.</summary>
    public const string Folder = "certificates";

    /// <summary>The file with the texts.</summary>
    public const string EntriesName = "entries.log";

    /// <summary>The file with the newest valid head.</summary>
    public const string HeadName = "head.note";

    /// <summary>The file with what was signed.</summary>
    public const string SignedName = "signed.json";

    /// <summary>The file that is written to see whether one can be.</summary>
    public const string AttemptName = "attempt";

    private const int AttemptBytes = 1 << 20;

    private readonly string _folder;
    private readonly Guid _directory;
    private readonly string _origin;
    private readonly CertificateFileSeams _seams;
    private EntryFile _entries;
    private Exception? _failure;

    private StoredCertificateLog(string folder, Guid directory, string origin, CertificateFileSeams seams, EntryFile entries)
    {
        _folder = folder;
        _directory = directory;
        _origin = origin;
        _seams = seams;
        _entries = entries;
        Log = new CertificateLog(origin);
        Memory = SigningMemory.New;
    }

    /// <inheritdoc/>
    public CertificateLog Log { get; private set; }

    /// <inheritdoc/>
    public SignedCheckpoint? Head { get; private set; }

    /// <inheritdoc/>
    public SigningMemory Memory { get; private set; }

    /// <inheritdoc/>
    public string? Damage { get; private set; }

    /// <summary>Opens the log of a data directory, or makes an empty one.</summary>
    /// <param name="dataDirectory">The data directory.</param>
    /// <param name="directory">Its identity.</param>
    /// <param name="origin">Which log it is.</param>
    /// <param name="seams">What tests reach into.</param>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="FormatException">A file is of a newer program.</exception>
    public static StoredCertificateLog Open(string dataDirectory, Guid directory, string origin, CertificateFileSeams seams)
    {
        var folder = Path.Combine(dataDirectory, Folder);
        DurableFiles.CreateDirectory(folder);
        var entries = EntryFile.Open(Path.Combine(folder, EntriesName), seams);
        try
        {
            var stored = new StoredCertificateLog(folder, directory, origin, seams, entries);
            stored.ReadMemory();
            stored.ReadEntries();
            return stored;
        }
        catch
        {
            entries.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Read(int index) => _entries.Read(index);

    /// <inheritdoc/>
    public void Append(IReadOnlyList<string> texts, SignedCheckpoint head)
    {
        ThrowIfFailed();
        var longer = Check(texts, head.Head);
        try
        {
            if (texts.Count > 0)
            {
                _entries.Append(texts);
            }

            DurableFiles.Replace(Path.Combine(_folder, HeadName), Encoding.UTF8.GetBytes(head.ToString()));
            _seams.Reached(CertificateFileStep.HeadWritten);
            Write(Memory.Settled(head.Head.Size));
        }
        catch (Exception e)
        {
            _failure = e;
            throw;
        }

        (Log, Head) = (longer, head);
    }

    /// <inheritdoc/>
    public void Remember(SigningMemory memory)
    {
        ThrowIfFailed();
        if (ReferenceEquals(memory, Memory))
        {
            return;
        }

        try
        {
            _seams.Reached(CertificateFileStep.BeforeMemory);
            Write(memory);
            _seams.Reached(CertificateFileStep.MemoryWritten);
        }
        catch (Exception e)
        {
            _failure = e;
            throw;
        }
    }

    /// <inheritdoc/>
    public void TryWriting()
    {
        var path = Path.Combine(_folder, AttemptName);
        try
        {
            DurableFiles.Replace(path, new byte[AttemptBytes]);
        }
        finally
        {
            File.Delete(path);
            File.Delete(DurableFiles.TemporaryOf(path));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _entries.Dispose();

    private void Write(SigningMemory memory)
    {
        SigningMemoryFile.Write(Path.Combine(_folder, SignedName), _directory, memory);
        Memory = memory;
    }

    // A copy with the entries: a wrong one must leave nothing behind.
    private CertificateLog Check(IReadOnlyList<string> texts, Checkpoint head)
    {
        var log = Log.Copy();
        foreach (var text in texts)
        {
            log.Append(IntervalCertificate.Parse(text));
        }

        return log.Head == head
            ? log
            : throw new CertificateFormatException($"The entries make the head {log.Head.Size}, {log.Head.Root}, and not {head.Size}, {head.Root}.");
    }

    private void ThrowIfFailed()
    {
        if (_failure is not null)
        {
            throw new IOException($"{_folder} could not be written, and must be opened again: {_failure.Message}", _failure);
        }
    }

    // What cannot be read may have said anything: then the other peers are asked.
    private void ReadMemory()
    {
        var path = Path.Combine(_folder, SignedName);
        try
        {
            Memory = SigningMemoryFile.Read(path, _directory);
        }
        catch (FormatException e)
        {
            Damage = $"{path} says no more what was signed: {e.Message}.";
            Memory = SigningMemory.New with { IsNew = false };
        }
    }

    private void ReadEntries()
    {
        var path = Path.Combine(_folder, HeadName);
        var head = default(SignedCheckpoint);
        var log = new CertificateLog(_origin);
        try
        {
            head = File.Exists(path) ? SignedCheckpoint.Parse(File.ReadAllText(path)) : null;
            foreach (var text in _entries.ReadFirst(head?.Head.Size ?? 0))
            {
                var certificate = IntervalCertificate.Parse(text);
                ThrowIfOther(head!.Head.Origin, CertificateLog.OriginOf(certificate.Cluster));
                log.Append(certificate);
            }

            if (head is null || log.Head == head.Head)
            {
                _entries.CutRest();
                (Log, Head) = (log, head);
                return;
            }

            Damage = $"{_folder} holds {log.Size} intact certificates, and they are not the {head.Head.Size} of {HeadName}.";
        }
        catch (CertificateFormatException e)
        {
            Damage = $"{_folder} does not hold a log of certificates: {e.Message}";
        }

        // Kept aside for people; the entries come again from the other peers. What was signed stays remembered.
        SetAside();
        Memory = Memory with { Floor = Math.Max(Memory.Floor, head?.Head.Size ?? 0) };
    }

    // Head and entries agree: this is not damage. The log of before would be lost to a cluster that only has the wrong number.
    private void ThrowIfOther(string head, string entry)
    {
        if (head != _origin && head == entry)
        {
            throw new FormatException(
                $"{_folder} is the log {head}, and that of this cluster is {_origin}. A cluster that had a log before its store had several goes on with it as "
                + "number 0 of the federation document, or with its former id among the aliases. If one cluster was divided, move the folder away at "
                + "all of its peers, and keep it.");
        }
    }

    private void SetAside()
    {
        _entries.Dispose();
        var number = Enumerable.Range(1, int.MaxValue - 1).First(n => !File.Exists(Path.Combine(_folder, $"{EntriesName}.damaged-{n}")));
        foreach (var name in new[] { HeadName, EntriesName })
        {
            var path = Path.Combine(_folder, name);
            if (File.Exists(path))
            {
                DurableFiles.Rename(path, $"{path}.damaged-{number}");
            }
        }

        _entries = EntryFile.Open(Path.Combine(_folder, EntriesName), _seams);
    }
}
