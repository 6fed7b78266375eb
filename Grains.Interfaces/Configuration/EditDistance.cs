namespace AllData.Configuration;

/// <summary>How many letters two words differ in.</summary>
internal static class EditDistance
{
    /// <summary>Letters to insert, leave out or replace (Levenshtein 1965).</summary>
    public static int Between(string one, string other)
    {
        var previous = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var row = new int[other.Length + 1];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var replaced = previous[j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1);
                row[j] = Math.Min(replaced, Math.Min(previous[j], row[j - 1]) + 1);
            }

            previous = row;
        }

        return previous[other.Length];
    }
}
