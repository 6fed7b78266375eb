using AllData.Events;

namespace AllData.Protocol.Links;

/// <summary>Which certificates of another cluster a silo asks for.</summary>
/// <param name="From">Only of intervals that begin at this key or later.</param>
/// <param name="Count">How many, at most.</param>
internal readonly record struct SealedQuestion(EventKey From, int Count);
