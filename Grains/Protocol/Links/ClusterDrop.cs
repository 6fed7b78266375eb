namespace AllData.Protocol.Links;

/// <summary>Another cluster's word that this one was dropped from the store.</summary>
/// <param name="Sentence">What it says.</param>
/// <param name="DocumentVersion">The version of the federation document by which it is dropped.</param>
internal sealed record ClusterDrop(string Sentence, int DocumentVersion);
