namespace AllData.Remote.Http.Messages;

/// <summary>A call of the peer protocol: its name in the path, and how its question and its answer become messages.</summary>
/// <param name="Name">Last part of the path.</param>
/// <param name="WriteQuestion">What the caller sends.</param>
/// <param name="ReadQuestion">How the other side reads it.</param>
/// <param name="WriteAnswer">What comes back.</param>
/// <param name="ReadAnswer">How the caller reads it.</param>
internal sealed record PeerCall<TQuestion, TAnswer>(
    string Name,
    Func<TQuestion, PeerMessage> WriteQuestion,
    Func<PeerMessage, TQuestion> ReadQuestion,
    Func<TAnswer, PeerMessage> WriteAnswer,
    Func<PeerMessage, TAnswer> ReadAnswer);

/// <summary>A message without content.</summary>
internal readonly record struct Nothing;
