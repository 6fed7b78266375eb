namespace AllData.Certificates;

/// <summary>A log as it is served to anyone that verifies it.</summary>
internal interface IServedLog
{
    /// <summary>The newest valid head; null while the log is empty.</summary>
    Task<SignedCheckpoint?> GetHeadAsync();

    /// <summary>The bytes of a tile or of a bundle of entries; null where the log has none there.</summary>
    /// <param name="path">Which.</param>
    Task<byte[]?> GetTileAsync(TilePath path);
}
