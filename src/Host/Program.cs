return await ActorSeg.Host.Hosting.Application.Run(args, ActorSeg.Host.Hosting.HostServices.OfThisProcess());
