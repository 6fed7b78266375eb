using Orleans.Runtime;

namespace AllData.Security;

/// <summary>
/// Which caller a scan is made for, as the silo found it out that admitted the caller. It goes with the call. A client cannot set it where callers must
/// identify themselves: what it sends under these names is replaced.
/// </summary>
internal static class CallerMark
{
    private const string NameKey = "alldata.caller";
    private const string OperatorKey = "alldata.operator";

    /// <summary>Says for which caller the next calls are made.</summary>
    /// <param name="name">Its name; null where what it has open is counted already.</param>
    /// <param name="isOperator">Whether it has the role operator.</param>
    public static void Set(string? name, bool isOperator)
    {
        Set(NameKey, name);
        Set(OperatorKey, isOperator ? true : null);
    }

    /// <summary>For which caller the present call is made. The calls that it leads to do not say it again.</summary>
    public static (string? Name, bool IsOperator) Take()
    {
        var mark = (RequestContext.Get(NameKey) as string, RequestContext.Get(OperatorKey) is true);
        Set(name: null, isOperator: false);
        return mark;
    }

    private static void Set(string key, object? value)
    {
        if (value is not null)
        {
            RequestContext.Set(key, value);
        }
        else
        {
            RequestContext.Remove(key);
        }
    }
}
