using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.FlowControl;

internal sealed class PriorityLevelConfigurationStrategy : ResourceStrategy
{
    private const int MaxQueues = 10_000_000;

    // What one hash of a request's flow gives to choose queues by.
    private const int MaxHashBits = 60;

    public override void Default(JsonObject document)
    {
        if (document.Object("spec", "exempt") is { } exempt)
        {
            exempt.SetDefault("nominalConcurrencyShares", 0);
            exempt.SetDefault("lendablePercent", 0);
        }
        if (document.Object("spec", "limited") is not { } limited)
            return;
        limited.SetDefault("nominalConcurrencyShares", 30);
        limited.SetDefault("lendablePercent", 0);
        if (limited.Object("limitResponse", "queuing") is not { } queuing)
            return;
        queuing.SetDefault("handSize", 8);
        queuing.SetDefault("queues", 64);
        queuing.SetDefault("queueLengthLimit", 50);
    }

    protected override void Check(Field document)
    {
        var spec = document["spec"];
        var (type, limited, exempt) = (spec["type"], spec["limited"], spec["exempt"]);
        if (document["metadata"]["name"].Text == "exempt" != (type.Text == "Exempt"))
            type.Add(FieldError.Invalid(type.Path, type.Text, "type must be 'Exempt' if and only if name is 'exempt'"));
        switch (type.Text)
        {
            case "Exempt":
                if (limited.IsPresent)
                    limited.Forbidden("must be nil if the type is not Limited");
                CheckShares(exempt);
                break;
            case "Limited":
                if (exempt.IsPresent)
                    exempt.Forbidden("must be nil if the type is not Exempt");
                if (limited.IsPresent)
                    CheckLimited(limited);
                else
                    limited.Missing("must not be empty when type is Limited");
                break;
            default:
                type.Add(FieldError.NotSupported(type.Path, type.Text, "Exempt", "Limited"));
                break;
        }
    }

    private static void CheckShares(Field level)
    {
        if (level["nominalConcurrencyShares"].Number < 0)
            level["nominalConcurrencyShares"].Invalid("must be a non-negative integer");
        level["lendablePercent"].InRange(0, 100);
    }

    private static void CheckLimited(Field limited)
    {
        CheckShares(limited);
        if (limited["borrowingLimitPercent"].Number < 0)
            limited["borrowingLimitPercent"].Invalid("if specified, must be a non-negative integer");
        var response = limited["limitResponse"];
        var (type, queuing) = (response["type"], response["queuing"]);
        switch (type.Text)
        {
            case "Reject" when queuing.IsPresent:
                queuing.Forbidden("must be nil if limited.limitResponse.type is not Limited");
                break;
            case "Reject":
                break;
            case "Queue" when !queuing.IsPresent:
                queuing.Missing("must not be empty if limited.limitResponse.type is Limited");
                break;
            case "Queue":
                CheckQueuing(queuing);
                break;
            default:
                type.Add(FieldError.NotSupported(type.Path, type.Text, "Queue", "Reject"));
                break;
        }
    }

    private static void CheckQueuing(Field queuing)
    {
        var (queues, hand) = (queuing["queues"], queuing["handSize"]);
        if (queuing["queueLengthLimit"].Number <= 0)
            queuing["queueLengthLimit"].Invalid("must be positive");
        if (queues.Number <= 0)
            queues.Invalid("must be positive");
        else if (queues.Number > MaxQueues)
            queues.Invalid($"must not be greater than {MaxQueues}");
        if (hand.Number <= 0)
            hand.Invalid("must be positive");
        else if (hand.Number > queues.Number)
            hand.Invalid($"should not be greater than queues ({queues.Number})");
        else if (queues.Number is { } deck && hand.Number is { } dealt && Math.Ceiling(Math.Log2(deck) * dealt) > MaxHashBits)
            hand.Invalid($"required entropy bits of deckSize {deck} and handSize {dealt} should not be greater than {MaxHashBits}");
    }
}
