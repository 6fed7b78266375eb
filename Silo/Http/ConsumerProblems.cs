using AllData.Consumers;
using AllData.Errors;
using AllData.Events;
using Microsoft.AspNetCore.Mvc;

namespace AllData.Silo.Http;

/// <summary>Turns failures of named consumers into problem details.</summary>
internal static class ConsumerProblems
{
    private static readonly ProblemKind InvalidName = new(400, "invalid-consumer-name", "The name is not a consumer's name");

    private static readonly ProblemKind NotFound = new(404, "consumer-not-found", "There is no such consumer");

    private static readonly ProblemKind InvalidPosition = new(409, "invalid-position", "The consumer cannot move to that position");

    private static readonly ProblemKind TooMany = new(409, "too-many-consumers", "There are as many consumers as may be");

    private static readonly ProblemKind Moved = new(412, "consumer-moved", "The consumer is not where it was");

    /// <summary>The problem details of a failure; null for one that is not of a consumer.</summary>
    public static ProblemDetails? Of(Exception exception)
    {
        var kind = exception switch
        {
            InvalidConsumerNameException => InvalidName,
            ConsumerNotFoundException => NotFound,
            InvalidPositionException => InvalidPosition,
            TooManyConsumersException => TooMany,
            ConsumerMovedException => Moved,
            _ => null,
        };
        if (kind is null)
        {
            return null;
        }

        var problem = Problems.Create(kind, exception.Message);
        AddData(problem.Extensions, exception);
        return problem;
    }

    private static void AddData(IDictionary<string, object?> data, Exception exception)
    {
        switch (exception)
        {
            case ConsumerMovedException e:
                (data["position"], data["writtenAt"], data["holder"]) = (TextOf(e.Position), e.WrittenAt, PublicText.Of(e.Holder));
                data["etag"] = ConsumerTag.Of(new ConsumerMark(e.Epoch, e.Position));
                break;
            case InvalidPositionException e:
                data["kept"] = TextOf(e.Kept);
                break;
            case TooManyConsumersException e:
                data["limit"] = e.Limit;
                break;
        }
    }

    private static string? TextOf(EventKey? key) => key?.ToString();
}
