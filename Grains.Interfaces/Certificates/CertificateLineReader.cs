using AllData.Peers;

namespace AllData.Certificates;

/// <summary>Walks through the lines of a text. What does not fit is a <see cref="CertificateFormatException"/> that names the line.</summary>
/// <param name="text">The text.</param>
/// <param name="what">What it should be, for messages.</param>
internal sealed class CertificateLineReader(string text, string what)
{
    private int _line;
    private int _at;

    /// <summary>Whether all lines are read.</summary>
    public bool IsAtEnd => _at == text.Length;

    /// <summary>The next line, without its line feed.</summary>
    public string Next()
    {
        _line++;
        var end = text.IndexOf('\n', _at);
        if (end < 0)
        {
            throw Fault(IsAtEnd ? "the text ends before it" : "it has no line feed");
        }

        var line = text[_at..end];
        _at = end + 1;
        return line;
    }

    /// <summary>The next line, which must be this.</summary>
    public void NextIs(string line)
    {
        if (Next() != line)
        {
            throw Fault($"'{line}' is expected");
        }
    }

    /// <summary>What stands in the next line behind a word and a blank.</summary>
    public string After(string word)
    {
        var line = Next();
        return line.Length > word.Length + 1 && line[word.Length] == ' ' && line.StartsWith(word, StringComparison.Ordinal)
            ? line[(word.Length + 1)..]
            : throw Fault($"'{word}' and a value are expected, not {UnprintableText.Show(line)}");
    }

    /// <summary>What stands in the next line behind a word and a blank, if it begins with them; otherwise null, and the line stays the next one.</summary>
    public string? AfterIf(string word) =>
        text.AsSpan(_at).StartsWith(word) && _at + word.Length < text.Length && text[_at + word.Length] == ' ' ? After(word) : null;

    /// <summary>What is thrown for the line that was read last.</summary>
    public CertificateFormatException Fault(string sentence) => new($"The text is not {what}: line {_line}: {sentence}.");
}
