namespace AllData.Storage.Engine;

/// <summary>How much an engine keeps.</summary>
/// <param name="Blocks">Blocks, damaged ones included.</param>
/// <param name="Events">Events in them; one that is held in two blocks counts twice.</param>
/// <param name="Bytes">Bytes on disk.</param>
internal readonly record struct StorageFigures(long Blocks, long Events, long Bytes);
