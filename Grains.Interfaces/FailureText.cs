namespace AllData;

/// <summary>Failures in words for people: one line, without the stack traces that other machines' messages carry.</summary>
public static class FailureText
{
    // A message is for a line of a terminal or a log; longer text was not written for people.
    private const int MaxLength = 300;

    /// <summary>
    /// The first line of a failure's message, control characters escaped: Orleans puts the stack trace of a rejection into the lines behind it.
    /// </summary>
    /// <param name="failure">The failure.</param>
    /// <returns>A sentence of 300 characters at most; never empty.</returns>
    public static string SentenceOf(Exception failure) => SentenceOf(failure.Message) is { Length: > 0 } sentence ? sentence : failure.GetType().Name;

    /// <summary>The same for a message that came from another machine as text.</summary>
    /// <param name="message">The message.</param>
    public static string SentenceOf(string message)
    {
        var line = message.AsSpan().TrimStart();
        var end = line.IndexOfAny('\r', '\n');
        line = end < 0 ? line : line[..end];

        // A stack trace whose line breaks were lost on the way.
        var trace = line.IndexOf(" at ", StringComparison.Ordinal) is >= 0 and var at && line[at..].Contains('(')
            && line[at..].Contains(") in ", StringComparison.Ordinal) ? at : -1;
        line = (trace < 0 ? line : line[..trace]).TrimEnd();
        return ReadableText.Escape(line.Length <= MaxLength ? line.ToString() : $"{line[..MaxLength]}…");
    }
}
