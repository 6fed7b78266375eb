namespace AllData.Tests.Support;

/// <summary>A folder for one test, deleted afterwards.</summary>
internal sealed class StorageFolder : IDisposable
{
    /// <summary>Makes the folder.</summary>
    public StorageFolder() => Path = Directory.CreateTempSubdirectory("alldata-storage-").FullName;

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>A new folder in it.</summary>
    public string NewFolder() => Directory.CreateDirectory(System.IO.Path.Combine(Path, Guid.NewGuid().ToString("N"))).FullName;

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(Path, recursive: true);
}
