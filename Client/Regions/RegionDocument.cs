using AllData.Client.Connection;
using AllData.Client.Files;
using AllData.Federation;
using AllData.Peers;

namespace AllData.Client.Regions;

/// <summary>The operator's file with the federation document.</summary>
internal sealed class RegionDocument
{
    private readonly string _path;
    private readonly FederationDocument _document;

    private RegionDocument(string path, FederationDocument document) => (_path, _document) = (path, document);

    /// <summary>Reads the file, before anything is counted.</summary>
    /// <param name="path">Where it is; null when it is not named.</param>
    /// <param name="isDry">Whether nothing is written, so that none is needed. One that is named is checked all the same.</param>
    /// <returns>Null where none is named and nothing is written.</returns>
    /// <exception cref="UsageException">It is not named, or not there.</exception>
    /// <exception cref="FederationException">It cannot be used.</exception>
    public static RegionDocument? Open(string? path, bool isDry)
    {
        if (path is null && isDry)
        {
            return null;
        }

        return path is null ? throw new UsageException("Name the file with the federation document in use: --document FILE, or look only: --dry-run.")
            : !File.Exists(path) ? throw new UsageException($"There is no file {path}.")
            : new RegionDocument(Path.GetFullPath(path), FederationFile.Read(path));
    }

    /// <summary>Refuses a file that is not the document of the silos: a change in it that they do not have yet would be made along with this one.</summary>
    /// <exception cref="UsageException">It is another one.</exception>
    public void RefuseOther(RegionCheck check)
    {
        if (_document.Store != check.Store || _document.Version != check.DocumentVersion)
        {
            throw new UsageException(
                $"{_path} has version {_document.Version} of store {_document.Store}, and the silo that was asked uses version {check.DocumentVersion} of "
                + $"store {check.Store}. Name the document that is in use, or start every silo with this one first.");
        }

        // An older silo does not say what its document's digest is.
        var isOther = check.DocumentDigest.Length > 0 && check.DocumentDigest != _document.Digest;
        if (isOther || _document.Find(check.Cluster)?.Regions.Contains(check.Region) != true)
        {
            throw new UsageException(
                $"{_path} has version {_document.Version} with another content than the silo that was asked. Name the document that is in use.");
        }
    }

    /// <summary>Marks a region as dropped: the file has either its old content or its new one, also after a power failure.</summary>
    /// <returns>The new document.</returns>
    public FederationDocument Mark(DroppedRegion dropped)
    {
        var next = RegionDrop.Apply(_document, dropped);
        var temporary = _path + ".new";
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            file.Write(FederationJson.Write(next));
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, _path, overwrite: true);
        DirectoryFlush.Flush(Path.GetDirectoryName(_path)!);
        return next;
    }

    /// <inheritdoc/>
    public override string ToString() => _path;
}
